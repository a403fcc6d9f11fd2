package io.tidemill.compat.consistency;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.SplittableRandom;

/** Ports for brokers that come back on the same one. */
final class Ports {
    /** Below what Linux gives to outgoing connections: a client that calls a port of that range can end up talking to itself. */
    private static final int PORT_MIN = 20_000;

    private static final int PORT_MAX = 32_000;

    private Ports() {}

    static int free() {
        SplittableRandom random = new SplittableRandom();
        while (true) {
            int candidate = random.nextInt(PORT_MIN, PORT_MAX);
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), candidate));
                return candidate;
            } catch (IOException e) {
                // Taken: another one.
            }
        }
    }
}
