package io.tidemill.groups;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/**
 * The durable state of a group or a member. The type's name in JSON carries its version; a version that is not known is
 * refused, never skipped.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ClassicHeader.class, name = "classic.1"),
    @JsonSubTypes.Type(value = ClassicMemberValue.class, name = "classicMember.1"),
    @JsonSubTypes.Type(value = ConsumerHeader.class, name = "consumer.1"),
    @JsonSubTypes.Type(value = ConsumerMemberValue.class, name = "consumerMember.1")
})
sealed interface GroupRecord permits ClassicHeader, ClassicMemberValue, ConsumerHeader, ConsumerMemberValue {}
