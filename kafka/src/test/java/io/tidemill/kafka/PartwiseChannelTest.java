package io.tidemill.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Random;
import org.apache.kafka.common.network.ByteBufferSend;
import org.apache.kafka.common.network.TransferableChannel;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

class PartwiseChannelTest {
    private static final int PART = PartwiseChannel.PART_BYTES_MAX;

    @RepeatedTest(30)
    void everyByteIsWrittenOnceWhateverTheSocketTakes(RepetitionInfo repetition) throws IOException {
        Random random = new Random(repetition.getCurrentRepetition());
        int[] sizes = {0, 5, PART - 5, PART, 1, 3 * PART + 7, 0, random.nextInt(4 * PART), 12};
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer[] buffers = new ByteBuffer[sizes.length];
        for (int i = 0; i < sizes.length; i++) {
            byte[] bytes = new byte[sizes[i]];
            random.nextBytes(bytes);
            all.writeBytes(bytes);
            buffers[i] = ByteBuffer.wrap(bytes);
        }
        Socket socket = new Socket(random);
        ByteBufferSend send = new ByteBufferSend(buffers);
        while (!send.completed()) {
            send.writeTo(new PartwiseChannel(socket));
        }
        assertThat(socket.taken.toByteArray()).isEqualTo(all.toByteArray());
        assertThat(socket.offeredMax).isLessThanOrEqualTo(PART);
    }

    /** Takes what it likes of each call; nothing, now and then. */
    private static final class Socket implements TransferableChannel {
        final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        final Random random;
        long offeredMax;

        Socket(Random random) {
            this.random = random;
        }

        @Override
        public long write(ByteBuffer[] buffers, int offset, int length) {
            long offered = 0;
            for (int i = offset; i < offset + length; i++) {
                offered += buffers[i].remaining();
            }
            offeredMax = Math.max(offeredMax, offered);
            int left = random.nextBoolean() ? (int) offered : random.nextInt(PART + 1);
            long written = 0;
            for (int i = offset; i < offset + length && left > 0; i++) {
                byte[] part = new byte[Math.min(left, buffers[i].remaining())];
                buffers[i].get(part);
                taken.writeBytes(part);
                left -= part.length;
                written += part.length;
            }
            return written;
        }

        @Override
        public long write(ByteBuffer[] buffers) {
            return write(buffers, 0, buffers.length);
        }

        @Override
        public int write(ByteBuffer buffer) {
            return (int) write(new ByteBuffer[] {buffer});
        }

        @Override
        public boolean hasPendingWrites() {
            return false;
        }

        @Override
        public long transferFrom(FileChannel file, long position, long count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
