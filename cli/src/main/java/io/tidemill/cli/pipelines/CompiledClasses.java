package io.tidemill.cli.pipelines;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Classes in memory, by name. Immutable. */
final class CompiledClasses {
    private final Map<String, byte[]> bytes;

    CompiledClasses(Map<String, byte[]> bytes) {
        this.bytes = new TreeMap<>(bytes);
    }

    Set<String> names() {
        return bytes.keySet();
    }

    ClassLoader loader(ClassLoader parent) {
        return new ClassLoader(parent) {
            @Override
            protected Class<?> findClass(String name) throws ClassNotFoundException {
                byte[] found = bytes.get(name);
                if (found == null) {
                    throw new ClassNotFoundException(name);
                }
                return defineClass(name, found, 0, found.length);
            }
        };
    }
}
