package io.tidemill.kafka;

import io.tidemill.kafka.protocol.Api;
import io.tidemill.kafka.protocol.ErrorCode;
import java.util.regex.Pattern;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;

/**
 * Says what is spoken here. No features are named: clients then use transactions of the first kind, which is what there is.
 */
final class ApiVersionsHandler {
    private static final int SOFTWARE_VERSION_FROM = 3;
    private static final Pattern SOFTWARE = Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9\\-.]{0,253}[a-zA-Z0-9])?");

    private final ApiVersionsResponseData offered;

    ApiVersionsHandler(boolean withSasl) {
        offered = offered(withSasl);
    }

    static ApiVersionsResponseData offered(boolean withSasl) {
        ApiVersionCollection versions = new ApiVersionCollection();
        for (Api api : Api.values()) {
            if (withSasl || !api.authenticates()) {
                versions.add(range(api));
            }
        }
        return new ApiVersionsResponseData().setApiKeys(versions);
    }

    private static ApiVersion range(Api api) {
        return new ApiVersion()
                .setApiKey(api.key())
                .setMinVersion(api.offeredMin())
                .setMaxVersion(api.versionMax());
    }

    void answer(Call call) {
        if (!call.versionKnown()) {
            ApiVersionCollection own = new ApiVersionCollection();
            own.add(range(Api.API_VERSIONS));
            call.answer(new ApiVersionsResponseData()
                    .setErrorCode(ErrorCode.UNSUPPORTED_VERSION)
                    .setApiKeys(own));
            return;
        }
        ApiVersionsRequestData request = (ApiVersionsRequestData) call.body();
        if (call.version() >= SOFTWARE_VERSION_FROM) {
            if (!isLegal(request.clientSoftwareName()) || !isLegal(request.clientSoftwareVersion())) {
                call.answer(new ApiVersionsResponseData().setErrorCode(ErrorCode.INVALID_REQUEST));
                return;
            }
            call.connection().software(request.clientSoftwareName(), request.clientSoftwareVersion());
        }
        call.answer(offered);
    }

    private static boolean isLegal(String software) {
        return SOFTWARE.matcher(software).matches();
    }
}
