package io.tidemill.kafka;

import java.io.IOException;
import org.apache.kafka.common.network.Send;
import org.apache.kafka.common.network.TransferableChannel;

/** An answer that tells how much of it was sent. */
final class CountingSend implements Send {
    private final Send send;
    private long written;

    CountingSend(Send send) {
        this.send = send;
    }

    @Override
    public boolean completed() {
        return send.completed();
    }

    @Override
    public long writeTo(TransferableChannel channel) throws IOException {
        long now = send.writeTo(new PartwiseChannel(channel));
        written += now;
        return now;
    }

    @Override
    public long size() {
        return send.size();
    }

    long written() {
        return written;
    }
}
