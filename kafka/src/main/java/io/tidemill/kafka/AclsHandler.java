package io.tidemill.kafka;

import io.tidemill.kafka.AccessRules.Operation;
import io.tidemill.kafka.AccessRules.Resource;
import io.tidemill.kafka.AccessRules.Rule;
import io.tidemill.kafka.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.DescribeAclsRequestData;
import org.apache.kafka.common.message.DescribeAclsResponseData;
import org.apache.kafka.common.message.DescribeAclsResponseData.AclDescription;
import org.apache.kafka.common.message.DescribeAclsResponseData.DescribeAclsResource;

/** Shows the access rules in Kafka's words. They are the server's configuration: no client changes them. */
final class AclsHandler {
    private static final byte ANY = 1;
    private static final byte PATTERN_MATCH = 2;
    private static final byte LITERAL = 3;
    private static final byte PREFIXED = 4;
    private static final byte ALLOW = 3;

    private static final byte OPERATION_ALL = 2;
    private static final byte OPERATION_READ = 3;
    private static final byte OPERATION_WRITE = 4;

    private final Broker broker;

    AclsHandler(Broker broker) {
        this.broker = broker;
    }

    void describe(Call call) {
        DescribeAclsResponseData response = new DescribeAclsResponseData();
        if (!broker.options().access().enforced()) {
            call.answer(
                    response.setErrorCode(ErrorCode.SECURITY_DISABLED).setErrorMessage("No Authorizer is configured."));
            return;
        }
        if (!broker.mayAdministrateCluster(call)) {
            call.answer(response.setErrorCode(ErrorCode.CLUSTER_AUTHORIZATION_FAILED));
            return;
        }
        DescribeAclsRequestData filter = (DescribeAclsRequestData) call.body();
        Map<List<Object>, DescribeAclsResource> byResource = new LinkedHashMap<>();
        for (Rule rule : broker.options().access().rules()) {
            if (matches(rule, filter)) {
                add(rule, byResource);
            }
        }
        call.answer(response.setResources(new ArrayList<>(byResource.values())));
    }

    private static void add(Rule rule, Map<List<Object>, DescribeAclsResource> byResource) {
        byResource
                .computeIfAbsent(
                        List.of(rule.resource(), name(rule), patternType(rule)),
                        key -> new DescribeAclsResource()
                                .setResourceType(type(rule.resource()))
                                .setResourceName(name(rule))
                                .setPatternType(patternType(rule)))
                .acls()
                .add(new AclDescription()
                        .setPrincipal("User:" + rule.user())
                        .setHost("*")
                        .setOperation(operation(rule.operation()))
                        .setPermissionType(ALLOW));
    }

    private static boolean matches(Rule rule, DescribeAclsRequestData filter) {
        String name = filter.resourceNameFilter();
        String principal = filter.principalFilter();
        return matches(filter.resourceTypeFilter(), type(rule.resource()))
                && matches(filter.operation(), operation(rule.operation()))
                && matches(filter.permissionType(), ALLOW)
                && (principal == null || principal.equals("User:" + rule.user()))
                && matchesPattern(rule, filter.patternTypeFilter(), name == null ? "" : name, name == null);
    }

    private static boolean matches(byte wanted, byte is) {
        return wanted == ANY || wanted == is;
    }

    private static boolean matchesPattern(Rule rule, byte type, String name, boolean anyName) {
        boolean typeMatches = type == ANY || type == PATTERN_MATCH || type == patternType(rule);
        if (anyName || !typeMatches) {
            return typeMatches;
        }
        boolean covers =
                rule.prefix() ? name.startsWith(rule.name()) : name(rule).equals(name);
        return type == PATTERN_MATCH ? covers : name(rule).equals(name);
    }

    /** Kafka has no empty prefix: it says {@code *} for everything. */
    private static String name(Rule rule) {
        if (rule.resource() == Resource.CLUSTER) {
            return "kafka-cluster";
        }
        return rule.prefix() && rule.name().isEmpty() ? "*" : rule.name();
    }

    private static byte patternType(Rule rule) {
        return rule.prefix() && !rule.name().isEmpty() ? PREFIXED : LITERAL;
    }

    private static byte type(Resource resource) {
        return switch (resource) {
            case TOPIC -> 2;
            case GROUP -> 3;
            case CLUSTER -> 4;
            case TRANSACTIONAL_ID -> 5;
        };
    }

    private static byte operation(Operation operation) {
        return switch (operation) {
            case READ -> OPERATION_READ;
            case WRITE -> OPERATION_WRITE;
            case ADMIN -> OPERATION_ALL;
        };
    }
}
