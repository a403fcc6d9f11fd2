package io.tidemill.kafka.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our tables beside those of kafka-clients. */
class ApiTest {
    @ParameterizedTest
    @EnumSource(Api.class)
    void versionsCanBeReadAndHaveTheirHeaders(Api api) {
        ApiMessageType type = ApiMessageType.fromApiKey(api.key());
        assertThat(api.versionMin()).isGreaterThanOrEqualTo(type.lowestSupportedVersion());
        assertThat(api.versionMax()).isLessThanOrEqualTo(type.highestSupportedVersion(false));
        for (short version = api.versionMin(); version <= api.versionMax(); version++) {
            assertThat(api.requestHeaderVersion(version)).isEqualTo(type.requestHeaderVersion(version));
            assertThat(api.responseHeaderVersion(version)).isEqualTo(type.responseHeaderVersion(version));
        }
    }

    @Test
    void codesAreTheProtocols() throws Exception {
        for (Field field : ErrorCode.class.getDeclaredFields()) {
            assertThat(Errors.valueOf(field.getName()).code())
                    .as(field.getName())
                    .isEqualTo(field.getShort(null));
        }
    }

    @Test
    void theVersionsThatClientsRelyOnAreOffered() {
        assertThat(Api.FETCH.versionMax()).isEqualTo((short) 12);
        assertThat(Api.PRODUCE.offeredMin()).isZero();
        assertThat(Api.PRODUCE.serves((short) 2)).isFalse();
        assertThat(Api.END_TXN.versionMax()).isLessThan((short) 5);
    }

    private static ByteBuffer metadataRequest(int topics) {
        RequestHeaderData header = new RequestHeaderData()
                .setRequestApiKey(Api.METADATA.key())
                .setRequestApiVersion((short) 12)
                .setCorrelationId(1);
        ByteBuffer head = MessageUtil.toByteBufferAccessor(header, (short) 2).buffer();
        MetadataRequestData body = new MetadataRequestData();
        ByteBuffer tail = MessageUtil.toByteBufferAccessor(body, (short) 12).buffer();
        // An empty array of topics is the first byte; one that is announced as long replaces it.
        tail.get();
        ByteBuffer all = ByteBuffer.allocate(head.remaining() + 5 + topics * 18 + tail.remaining());
        all.put(head);
        org.apache.kafka.common.utils.ByteUtils.writeUnsignedVarint(topics + 1, all);
        for (int i = 0; i < topics; i++) {
            all.putLong(0).putLong(i).put((byte) 0).put((byte) 0);
        }
        return all.put(tail).flip();
    }

    @Test
    void aRequestOfTooManyFieldsIsRefusedBeforeItFillsTheHeap() throws Exception {
        assertThat(((MetadataRequestData)
                                RequestReader.read(metadataRequest(1_000)).body())
                        .topics())
                .hasSize(1_000);
        assertThatThrownBy(() -> RequestReader.read(metadataRequest(400_000)))
                .isInstanceOf(MalformedRequestException.class);
    }
}
