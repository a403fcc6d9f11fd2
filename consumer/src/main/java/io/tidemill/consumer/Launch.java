package io.tidemill.consumer;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;

/** Puts a consumer together and starts it. */
final class Launch<K, V, C> {
    private final Settings<K, V, C> settings;
    private final ScheduledExecutorService timer;
    private final Client client;
    private final Flight flight;

    /** Set as soon as there is one; workers tell it. */
    private final AtomicReference<PollLoop> loop = new AtomicReference<>();

    private final AtomicReference<Consumer<Progress>> onFenced = new AtomicReference<>(progress -> {});

    private Launch(Settings<K, V, C> settings) {
        this.settings = settings;
        this.client = new Client(new KafkaConsumer<>(settings.client().consumerProperties()));
        this.timer = Executors.newSingleThreadScheduledExecutor(
                runnable -> new Thread(runnable, settings.client().group() + "-timer"));
        this.flight =
                new Flight(settings.limits(), settings.ordering(), settings.delivery() instanceof KafkaTransactions);
    }

    static <K, V, C> RunningConsumer start(Settings<K, V, C> settings) {
        return new Launch<>(settings).start();
    }

    private RunningConsumer start() {
        Parts parts = parts();
        Workers workers = new Workers(settings, flight, parts.runner, timer, listener());
        PollLoop made = new PollLoop(settings, client, flight, parts.committer, workers);
        loop.set(made);
        Running running = new Running(settings.client().group(), made, flight, workers);
        running.start();
        return running;
    }

    private record Parts(Runner runner, Committer committer) {}

    @SuppressWarnings("unchecked") // a delivery's output type is the type of what is made for it here
    private Parts parts() {
        Delivery<C> delivery = settings.delivery();
        if (delivery instanceof KafkaTransactions transactions) {
            return kafka((Settings<K, V, KafkaOutput>) settings, transactions);
        } else if (delivery instanceof JdbcTransactions transactions) {
            return jdbc((Settings<K, V, java.sql.Connection>) settings, transactions);
        }
        Settings<K, V, NoOutput> plain = (Settings<K, V, NoOutput>) settings;
        Committer committer = delivery instanceof CommitAfterProcessing after
                ? new OffsetCommitter(settings, client, flight, after.interval(), after.recordsMax())
                : new AutoCommitter(settings, client, flight);
        return new Parts(
                new RecordRunner<>(
                        new HandlerCall<>(plain, timer),
                        flight,
                        output -> NoOutput.INSTANCE,
                        limits(),
                        publisher(false)),
                committer);
    }

    private Parts kafka(Settings<K, V, KafkaOutput> typed, KafkaTransactions transactions) {
        return new Parts(
                new RecordRunner<>(
                        new HandlerCall<>(typed, timer), flight, output -> output, limits(), publisher(true)),
                new KafkaTransactionCommitter(
                        settings,
                        transactions,
                        client,
                        flight,
                        () -> new KafkaProducer<>(settings.client().producerProperties())));
    }

    private Parts jdbc(Settings<K, V, java.sql.Connection> typed, JdbcTransactions transactions) {
        JdbcOffsets offsets =
                new JdbcOffsets(transactions.table(), settings.client().group());
        JdbcCommitter committer = new JdbcCommitter(settings, transactions, offsets, client, flight);
        onFenced.set(committer::fenced);
        return new Parts(
                new JdbcRunner<>(
                        new HandlerCall<>(typed, timer),
                        transactions,
                        offsets,
                        flight,
                        publisher(false),
                        settings.environment()),
                committer);
    }

    private OutputLimits limits() {
        return new OutputLimits(
                settings.client().recordBytesMax(), settings.limits().inFlightBytesMax());
    }

    private Publisher publisher(boolean transactional) {
        return new Publisher(transactional, settings.client().producerProperties());
    }

    private Workers.Listener listener() {
        return new Workers.Listener() {
            @Override
            public void progressed() {
                loop.get().progressed();
            }

            @Override
            public void failed(Throwable failure) {
                loop.get().fail(failure);
            }

            @Override
            public void fenced(Progress progress) {
                onFenced.get().accept(progress);
            }
        };
    }
}
