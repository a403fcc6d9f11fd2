package io.tidemill.kafka.protocol;

import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * What a client sent.
 *
 * @param version in which the answer is to be
 * @param versionKnown false if it is ApiVersions of a version that is not served: the body is empty then, and the client is to
 *     ask again with a version that is
 */
public record Request(
        Api api, short version, int correlationId, @Nullable String clientId, ApiMessage body, boolean versionKnown) {
    static Request ofUnknownVersion(int correlationId, ApiMessage emptyBody) {
        return new Request(Api.API_VERSIONS, (short) 0, correlationId, null, emptyBody, false);
    }
}
