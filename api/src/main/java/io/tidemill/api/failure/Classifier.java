package io.tidemill.api.failure;

import io.tidemill.api.Condition;
import io.tidemill.api.FailureClass;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Chooses the class of a failure, by the first rule that knows the error or one of its causes: the user's own rules in their
 * order, then the defaults. Immutable; thread-safe if the user's rules are.
 *
 * <p>The defaults:
 *
 * <ul>
 *   <li>{@code timeout}, {@code connection}, {@code rate-limit}, {@code database-unavailable}, {@code retriable}: something
 *       outside was unavailable, {@link FailureClass#TRANSIENT}
 *   <li>{@code unparsable}, {@code validation}, {@code database-refused}: the record is wrong, {@link FailureClass#DATA}
 *   <li>whatever nobody knows is what its caller takes it for: mostly {@link FailureClass#CODE}
 * </ul>
 *
 * <p>Types of other libraries are known by their names, also when they are only a superclass or an interface of the error's.
 */
public final class Classifier implements Serializable {
    private static final int RULES_MAX = 1_000;
    private static final Classifier DEFAULTS = new Classifier(List.of());

    private record Rule(String name, FailureClass failureClass, Condition<Throwable> condition)
            implements Serializable {}

    @SuppressWarnings("serial") // made by List.copyOf, which is serializable
    private final List<Rule> rules;

    private Classifier(List<Rule> rules) {
        this.rules = rules;
    }

    /** The default rules alone. */
    public static Classifier defaults() {
        return DEFAULTS;
    }

    /**
     * Another rule, behind the user's rules so far and before the defaults. It is asked about the error first and then about each
     * of its causes; a rule that throws does not know the error.
     *
     * @param name to be found in the letters; 1 to 100 characters
     * @param failureClass not {@code POISON} or {@code LATE}, which are not the error's
     */
    public Classifier rule(String name, FailureClass failureClass, Condition<Throwable> condition) {
        if (name.isBlank() || name.length() > 100) {
            throw new IllegalArgumentException("a rule's name has 1 to 100 characters, not " + name.length());
        }
        if (failureClass == FailureClass.POISON || failureClass == FailureClass.LATE) {
            throw new IllegalArgumentException(
                    "no error makes a record " + failureClass + ": rules choose TRANSIENT, DATA or CODE");
        }
        if (rules.size() >= RULES_MAX) {
            throw new IllegalArgumentException("a classifier has at most " + RULES_MAX + " rules");
        }
        List<Rule> more = new ArrayList<>(rules);
        more.add(new Rule(name, failureClass, condition));
        return new Classifier(List.copyOf(more));
    }

    /** As {@link #rule(String, FailureClass, Condition)}, for errors of a type and its subtypes. */
    public Classifier rule(String name, FailureClass failureClass, Class<? extends Throwable> type) {
        return rule(name, failureClass, type::isInstance);
    }

    /** @param otherwise what it is if no rule knows it */
    public Classification classify(Throwable error, Classification otherwise) {
        List<Throwable> chain = ErrorText.chain(error);
        for (Rule rule : rules) {
            for (Throwable each : chain) {
                if (holds(rule.condition, each)) {
                    return new Classification(rule.failureClass, rule.name);
                }
            }
        }
        for (Throwable each : chain) {
            for (KnownErrors known : KnownErrors.ALL) {
                if (known.include(each)) {
                    return known.classification();
                }
            }
        }
        return otherwise;
    }

    private static boolean holds(Condition<Throwable> condition, Throwable error) {
        try {
            return condition.test(error);
        } catch (Throwable e) {
            ErrorText.rethrowIfFatal(e);
            return false;
        }
    }
}
