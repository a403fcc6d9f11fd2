package io.tidemill.cli.pipelines;

import io.tidemill.api.Pipeline;
import io.tidemill.cli.process.CommandException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds a pipeline: one of those that come with the command, a class, or a source file. */
public final class PipelineFinder {
    private static final String METHOD = "pipeline";
    private static final String SOURCE_SUFFIX = ".java";

    private final List<Path> classPath;

    /** @param classPath jars and directories to look in, beside the class path of the command itself */
    public PipelineFinder(List<Path> classPath) {
        this.classPath = List.copyOf(classPath);
    }

    public FoundPipeline find(String name) {
        if (name.endsWith(SOURCE_SUFFIX)) {
            return ofSource(Path.of(name));
        }
        for (Pipeline pipeline : BuiltIn.all()) {
            if (pipeline.name().equals(name)) {
                return new FoundPipeline(pipeline, version(PipelineFinder.class));
            }
        }
        Class<?> type = load(name);
        return new FoundPipeline(call(type), version(type));
    }

    private static String version(Class<?> type) {
        String version = type.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }

    // ---- a class ----

    private Class<?> load(String name) {
        try {
            return Class.forName(name, true, loader());
        } catch (ClassNotFoundException e) {
            throw CommandException.misuse(
                    "there is no pipeline '" + name + "': name one of " + BuiltIn.names()
                            + ", a class on the class path (see --class-path), or a " + SOURCE_SUFFIX + " file",
                    e);
        } catch (LinkageError e) {
            throw CommandException.failure(
                    "the class " + name + " cannot be loaded (" + e + "): look at its static"
                            + " initializers, and at what is missing on the class path",
                    e);
        }
    }

    private ClassLoader loader() {
        ClassLoader own = PipelineFinder.class.getClassLoader();
        return classPath.isEmpty() ? own : new URLClassLoader(urls(), own);
    }

    private URL[] urls() {
        List<URL> urls = new ArrayList<>();
        for (Path each : classPath) {
            if (!Files.exists(each)) {
                throw CommandException.misuse("there is no " + each + ", which --class-path names: check the path");
            }
            try {
                urls.add(each.toUri().toURL());
            } catch (MalformedURLException e) {
                throw CommandException.misuse("--class-path cannot hold " + each + ": " + e.getMessage(), e);
            }
        }
        return urls.toArray(URL[]::new);
    }

    /** The method that makes the pipeline, or null. */
    private static @Nullable Method factory(Class<?> type) {
        for (Method method : type.getDeclaredMethods()) {
            if (method.getName().equals(METHOD)
                    && method.getParameterCount() == 0
                    && Modifier.isStatic(method.getModifiers())
                    && method.getReturnType() == Pipeline.class) {
                return method;
            }
        }
        return null;
    }

    private static Pipeline call(Class<?> type) {
        Method method = factory(type);
        if (method == null) {
            throw CommandException.misuse(type.getName() + " is no pipeline: give it a method 'public static Pipeline "
                    + METHOD + "()', with Pipeline from io.tidemill.api");
        }
        try {
            method.setAccessible(true);
            Object made = method.invoke(null);
            if (made == null) {
                throw CommandException.failure(type.getName() + "." + METHOD + "() returned null: return the pipeline");
            }
            return (Pipeline) made;
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            String what =
                    cause instanceof IllegalArgumentException ? String.valueOf(cause.getMessage()) : cause.toString();
            throw CommandException.failure(type.getName() + "." + METHOD + "() failed: " + what, cause);
        } catch (IllegalAccessException | RuntimeException e) {
            if (e instanceof CommandException told) {
                throw told;
            }
            throw CommandException.misuse(
                    type.getName() + "." + METHOD + "() cannot be called (" + e.getMessage() + "): make it public", e);
        }
    }

    // ---- a source file ----

    private FoundPipeline ofSource(Path file) {
        if (!Files.isRegularFile(file)) {
            throw CommandException.misuse("there is no file " + file + ": check the path");
        }
        byte[] source;
        try {
            source = Files.readAllBytes(file);
        } catch (IOException e) {
            throw CommandException.failure(
                    "cannot read " + file + " (" + e.getMessage() + "): check its permissions", e);
        }
        urls(); // complains about what is missing
        CompiledClasses classes = new SourceCompiler(classPath).compile(file);
        ClassLoader loader = classes.loader(loader());
        List<Class<?>> pipelines = new ArrayList<>();
        for (String name : classes.names()) {
            try {
                Class<?> type = Class.forName(name, false, loader);
                if (factory(type) != null) {
                    pipelines.add(type);
                }
            } catch (ClassNotFoundException | LinkageError e) {
                throw CommandException.failure(
                        "the class " + name + " in " + file + " cannot be loaded (" + e + ")", e);
            }
        }
        return new FoundPipeline(call(theOne(pipelines, file)), "source-" + Fingerprint.of(source));
    }

    private static Class<?> theOne(List<Class<?>> pipelines, Path file) {
        if (pipelines.isEmpty()) {
            throw CommandException.misuse(file + " holds no pipeline: give a class in it a method 'public static"
                    + " Pipeline " + METHOD + "()', with Pipeline from io.tidemill.api");
        }
        String expected = String.valueOf(file.getFileName());
        for (Class<?> each : pipelines) {
            if (expected.equals(each.getSimpleName() + SOURCE_SUFFIX)) {
                return each;
            }
        }
        if (pipelines.size() > 1) {
            throw CommandException.misuse(file + " holds " + pipelines.size() + " pipelines: keep one " + METHOD
                    + "() in it, or put one into the class named like the file");
        }
        return pipelines.get(0);
    }
}
