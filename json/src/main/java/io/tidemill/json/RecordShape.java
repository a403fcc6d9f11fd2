package io.tidemill.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.OptBoolean;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A record made of simple types, with no annotation of Jackson's that does more than rename a component. */
record RecordShape(Constructor<?> constructor, List<Component> components) {
    /** So that a set of components fits a {@code long}. */
    static final int COMPONENTS_MAX = 64;

    record Component(String name, Class<?> type, Scalar scalar) {}

    /** Null if {@code type} is something else: then it is for Jackson's data binding. */
    static @Nullable RecordShape of(Class<?> type) {
        RecordComponent[] components = type.isRecord() ? type.getRecordComponents() : new RecordComponent[0];
        if (components.length == 0 || components.length > COMPONENTS_MAX) {
            return null;
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            List<Component> simple = simple(type, components);
            return simple == null || annotatedOtherwise(type, constructor, components)
                    ? null
                    : new RecordShape(constructor, simple);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record without its own members: " + type.getName(), e);
        }
    }

    private static @Nullable List<Component> simple(Class<?> type, RecordComponent[] components)
            throws NoSuchFieldException {
        List<Component> simple = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (RecordComponent component : components) {
            Scalar scalar = Scalars.of(component.getType());
            JsonProperty renamed = type.getDeclaredField(component.getName()).getAnnotation(JsonProperty.class);
            String name = renamed == null ? component.getName() : renamed.value();
            if (scalar == null || !names.add(name)) {
                return null;
            }
            simple.add(new Component(name, component.getType(), scalar));
        }
        return simple;
    }

    /** Whether there is any annotation but {@code @JsonProperty("name")} of a component, on all its members alike. */
    private static boolean annotatedOtherwise(Class<?> type, Constructor<?> constructor, RecordComponent[] components)
            throws NoSuchFieldException {
        Map<AnnotatedElement, JsonProperty> expected = new HashMap<>();
        for (int i = 0; i < components.length; i++) {
            AnnotatedElement field = type.getDeclaredField(components[i].getName());
            JsonProperty renamed = field.getAnnotation(JsonProperty.class);
            if (renamed != null && onlyRenames(renamed)) {
                expected.put(field, renamed);
                expected.put(components[i].getAccessor(), renamed);
                expected.put(constructor.getParameters()[i], renamed);
            }
        }
        for (AnnotatedElement element : Annotations.elementsOf(type)) {
            for (Annotation annotation : Annotations.on(element)) {
                if (!annotation.equals(expected.get(element))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean onlyRenames(JsonProperty annotation) {
        return !annotation.value().isEmpty()
                && annotation.namespace().isEmpty()
                && annotation.defaultValue().isEmpty()
                && !annotation.required()
                && annotation.isRequired() == OptBoolean.DEFAULT
                && annotation.index() == JsonProperty.INDEX_UNKNOWN
                && annotation.access() == JsonProperty.Access.AUTO;
    }
}
