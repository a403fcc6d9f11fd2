package io.tidemill.benchmarks.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * All measurements of one running broker, in a process of their own, so that every broker meets clients that are equally
 * warm. Prints a line for each figure.
 */
public final class ClientSuite {
    private static final String SMALL = "small";
    private static final String LARGE = "large";
    private static final int SMALL_BYTES = 100;
    private static final int LARGE_BYTES = 1_000;
    private static final int END_TO_END_RATE = 1_000;

    private final Clients clients;
    private final ProcessFigures broker;
    private final Duration each;
    private final Consumer<Figure> out;

    private ClientSuite(Clients clients, ProcessFigures broker, Duration each, Consumer<Figure> out) {
        this.clients = clients;
        this.broker = broker;
        this.each = each;
        this.out = out;
    }

    /**
     * @param args the broker's address and process id, milliseconds for each measurement, records a second for latency,
     *     whether to measure reading */
    public static void main(String[] args) throws Exception {
        Clients clients = new Clients(args[0]);
        ProcessFigures broker = new ProcessFigures(Long.parseLong(args[1]));
        new ClientSuite(
                        clients,
                        broker,
                        Duration.ofMillis(Long.parseLong(args[2])),
                        figure -> System.out.println(figure.line()))
                .run(Integer.parseInt(args[3]), Boolean.parseBoolean(args[4]));
    }

    private void run(int rate, boolean reads) throws Exception {
        clients.createTopics("warm-up", SMALL, LARGE, "many", "paced", "end-to-end", "transactions");
        warmUp();
        produce("Produce, 1 producer, 100-byte records", SMALL, 1, SMALL_BYTES);
        produce("Produce, 1 producer, 1,000-byte records", LARGE, 1, LARGE_BYTES);
        produce("Produce, 4 producers, 1,000-byte records", "many", 4, LARGE_BYTES);
        if (reads) {
            consume("Consume by assignment, 100-byte records", SMALL, false);
            consume("Consume by assignment, 1,000-byte records", LARGE, false);
            consume("Consume in a group, 1,000-byte records", LARGE, true);
        }
        String perSecond = String.format(Locale.ROOT, "%,d", rate);
        latency("Produce latency at " + perSecond + " records/s", new PacedLoad(clients, "paced", rate, false));
        latency(
                "Latency from producer to consumer at 1,000 records/s",
                new PacedLoad(clients, "end-to-end", END_TO_END_RATE, true));
        transactions();
    }

    private void warmUp() throws InterruptedException {
        new ProduceLoad(clients, "warm-up", 1, SMALL_BYTES).run(each);
        new ProduceLoad(clients, "warm-up", 1, LARGE_BYTES).run(each.dividedBy(2));
        new ConsumeLoad(clients, "warm-up", false).run(each);
        new PacedLoad(clients, "warm-up", END_TO_END_RATE, true).run(each.dividedBy(2));
    }

    private void produce(String name, String topic, int producers, int bytes) throws InterruptedException {
        double cpuBefore = broker.cpuSeconds();
        throughput(name, new ProduceLoad(clients, topic, producers, bytes).run(each), cpuBefore);
    }

    private void consume(String name, String topic, boolean inGroup) {
        double cpuBefore = broker.cpuSeconds();
        throughput(name, new ConsumeLoad(clients, topic, inGroup).run(each), cpuBefore);
    }

    private void throughput(String name, Throughput measured, double cpuBefore) {
        out.accept(Figure.more(name, "records/s", measured.perSecond()));
        double cpuMicros = (broker.cpuSeconds() - cpuBefore) * 1e6;
        out.accept(Figure.less(name, "broker's CPU µs/record", cpuMicros / Math.max(1, measured.count())));
    }

    private void latency(String name, PacedLoad load) throws InterruptedException {
        double cpuBefore = broker.cpuSeconds();
        PacedLoad.Outcome outcome = load.run(each);
        for (double percentile : List.of(50.0, 99.0, 99.9)) {
            String unit = "ms, p" + (percentile == 99.9 ? "99.9" : String.valueOf((int) percentile));
            out.accept(Figure.less(name, unit, outcome.latencies().getValueAtPercentile(percentile) / 1e6));
        }
        double cpuMicros = (broker.cpuSeconds() - cpuBefore) * 1e6;
        out.accept(Figure.less(name, "broker's CPU µs/record", cpuMicros / outcome.sent()));
    }

    private void transactions() {
        double cpuBefore = broker.cpuSeconds();
        Throughput measured = new TransactionLoad(clients, "transactions").run(each);
        String name = "Transactions of 10 records in 2 partitions, one after the other";
        out.accept(Figure.more(name, "transactions/s", measured.perSecond()));
        double cpuMicros = (broker.cpuSeconds() - cpuBefore) * 1e6;
        out.accept(Figure.less(name, "broker's CPU µs/transaction", cpuMicros / Math.max(1, measured.count())));
    }
}
