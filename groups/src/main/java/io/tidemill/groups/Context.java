package io.tidemill.groups;

import io.tidemill.log.LogException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the groups of a coordinator share. */
final class Context {
    private static final Logger LOGGER = LoggerFactory.getLogger(GroupCoordinator.class);

    final GroupOptions options;
    final TopicView topics;
    final SubscriptionDecoder decoder;
    final Watches watches = new Watches();
    final Journal journal = new Journal();
    final GroupStore store;
    private final InstantSource clock;
    private final Timers timers;
    private final Supplier<String> memberIds;
    private final Consumer<Changes> applier;
    private final Consumer<Runnable> guard;
    private final List<Runnable> replies = new ArrayList<>();
    private final Set<String> maybeUnused = new LinkedHashSet<>();

    /**
     * @param applier puts into effect what has become durable
     * @param guard runs what a timer calls as one call of the coordinator
     */
    Context(
            CoordinatorEnvironment environment,
            GroupOptions options,
            Consumer<Changes> applier,
            Consumer<Runnable> guard) {
        this.options = options;
        this.topics = environment.topics();
        this.decoder = environment.decoder();
        this.store = new GroupStore(environment.log(), environment.clock());
        this.clock = environment.clock();
        this.timers = environment.timers();
        this.memberIds = environment.memberIds();
        this.applier = applier;
        this.guard = guard;
    }

    Instant now() {
        return clock.instant();
    }

    long nowMillis() {
        return clock.millis();
    }

    String newMemberId() {
        return memberIds.get();
    }

    /** Makes a decision durable, then true; throws {@link LogException} if it is neither. */
    void commit(Changes changes) {
        try {
            store.commit(changes);
        } catch (LogException e) {
            LOGGER.warn("a change of a group is not written, so it does not happen: {}", e.getMessage());
            throw e;
        }
        applier.accept(changes);
        changes.rebalances().forEach(journal::add);
    }

    /** Writes evidence that nothing depends on. */
    void note(@Nullable Rebalance rebalance) {
        if (rebalance == null) {
            return;
        }
        try {
            commit(new Changes().journal(rebalance));
        } catch (LogException e) {
            LOGGER.warn("the journal has no entry of a rebalance of {}", rebalance.group());
        }
    }

    Timers.Handle later(Duration delay, Runnable task) {
        return timers.schedule(delay.isNegative() ? Duration.ZERO : delay, () -> guard.accept(task));
    }

    /** Answers once the current call has done its work. */
    <T> void reply(CompletableFuture<T> future, T answer) {
        replies.add(() -> future.complete(answer));
    }

    /** Asks to look, after the current call, whether a group is still used. */
    void maybeUnused(String groupId) {
        maybeUnused.add(groupId);
    }

    List<String> takeMaybeUnused() {
        List<String> taken = List.copyOf(maybeUnused);
        maybeUnused.clear();
        return taken;
    }

    List<Runnable> takeReplies() {
        List<Runnable> taken = List.copyOf(replies);
        replies.clear();
        return taken;
    }
}
