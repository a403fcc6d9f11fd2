package io.tidemill.json;

import com.fasterxml.jackson.annotation.JacksonAnnotation;
import com.fasterxml.jackson.annotation.JacksonAnnotationsInside;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Executable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Finds Jackson's annotations where Jackson looks for them. */
final class Annotations {
    private Annotations() {}

    /** Whether there are any on {@code type}, on its members or on what it implements. */
    static boolean anywhereOn(Class<?> type) {
        return elementsOf(type).stream().anyMatch(element -> !on(element).isEmpty());
    }

    static List<Annotation> on(AnnotatedElement element) {
        return Arrays.stream(element.getAnnotations())
                .filter(annotation -> isJacksons(annotation.annotationType()))
                .toList();
    }

    /** Everything that can carry an annotation that matters for {@code type}, the inherited included. */
    static List<AnnotatedElement> elementsOf(Class<?> type) {
        List<AnnotatedElement> elements = new ArrayList<>();
        elements.add(type);
        elements.addAll(List.of(type.getDeclaredFields()));
        elements.addAll(List.of(type.getDeclaredMethods()));
        elements.addAll(List.of(type.getDeclaredConstructors()));
        List<AnnotatedElement> parameters = new ArrayList<>();
        for (AnnotatedElement element : elements) {
            if (element instanceof Executable executable) {
                parameters.addAll(List.of(executable.getParameters()));
            }
        }
        elements.addAll(parameters);
        for (Class<?> parent : type.getInterfaces()) {
            elements.addAll(elementsOf(parent));
        }
        return elements;
    }

    private static boolean isJacksons(Class<? extends Annotation> annotation) {
        return annotation.isAnnotationPresent(JacksonAnnotation.class)
                || annotation.isAnnotationPresent(JacksonAnnotationsInside.class);
    }
}
