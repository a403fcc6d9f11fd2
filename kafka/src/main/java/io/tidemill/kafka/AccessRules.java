package io.tidemill.kafka;

import java.util.List;

/**
 * Who may do what. Nothing is allowed that no rule allows, except with {@link #NONE}, which allows everything.
 *
 * @param enforced whether rules are looked at
 */
public record AccessRules(boolean enforced, List<Rule> rules) {
    /** Everybody may do everything. */
    public static final AccessRules NONE = new AccessRules(false, List.of());

    /** How many rules there may be: each is looked at for each name in each request. */
    public static final int RULES_MAX = 10_000;

    /** What is done. Whoever may write may not read for that; whoever may administrate may do both. */
    public enum Operation {
        READ,
        WRITE,
        ADMIN
    }

    /** What it is done to. */
    public enum Resource {
        TOPIC,
        GROUP,
        TRANSACTIONAL_ID,
        /** The server as a whole; it has no name. */
        CLUSTER
    }

    /**
     * A permission.
     *
     * @param user who; {@code *} for everybody
     * @param name the resource's name, or what it begins with
     * @param prefix whether {@code name} is what it begins with; the empty prefix is every name
     */
    public record Rule(String user, Operation operation, Resource resource, String name, boolean prefix) {
        boolean allows(String who, Operation what, Resource kind, String which) {
            return resource == kind
                    && (operation == what || operation == Operation.ADMIN)
                    && (user.equals("*") || user.equals(who))
                    && (prefix ? which.startsWith(name) : which.equals(name));
        }
    }

    public AccessRules {
        rules = List.copyOf(rules);
        if (rules.size() > RULES_MAX) {
            throw new IllegalArgumentException("at most " + RULES_MAX + " access rules, not " + rules.size());
        }
    }

    /** Only what {@code rules} allow. */
    public static AccessRules of(List<Rule> rules) {
        return new AccessRules(true, rules);
    }

    /** All rights of one user on everything. */
    public static List<Rule> administrator(String user) {
        return List.of(
                new Rule(user, Operation.ADMIN, Resource.TOPIC, "", true),
                new Rule(user, Operation.ADMIN, Resource.GROUP, "", true),
                new Rule(user, Operation.ADMIN, Resource.TRANSACTIONAL_ID, "", true),
                new Rule(user, Operation.ADMIN, Resource.CLUSTER, "", true));
    }

    boolean allow(String user, Operation operation, Resource resource, String name) {
        if (!enforced) {
            return true;
        }
        for (Rule rule : rules) {
            if (rule.allows(user, operation, resource, name)) {
                return true;
            }
        }
        return false;
    }

    /** Whether it may be known that the resource exists. */
    boolean allowSeeing(String user, Resource resource, String name) {
        return allow(user, Operation.READ, resource, name) || allow(user, Operation.WRITE, resource, name);
    }
}
