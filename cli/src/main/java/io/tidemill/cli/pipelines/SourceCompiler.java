package io.tidemill.cli.pipelines;

import io.tidemill.cli.process.CommandException;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles one source file against the class path of the command, into memory. */
final class SourceCompiler {
    private static final int ERRORS_SHOWN_MAX = 20;

    private final List<Path> classPath;

    SourceCompiler(List<Path> classPath) {
        this.classPath = List.copyOf(classPath);
    }

    CompiledClasses compile(Path file) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw CommandException.failure("compiling " + file + " needs a JDK, but the Java in "
                    + System.getProperty("java.home") + " comes without a compiler: set JAVA_HOME to a JDK of 17 or"
                    + " later, or name a class that is already compiled");
        }
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        try (StandardJavaFileManager files =
                        compiler.getStandardFileManager(diagnostics, Locale.ROOT, StandardCharsets.UTF_8);
                InMemory memory = new InMemory(files)) {
            boolean compiled = compiler.getTask(
                            null, memory, diagnostics, options(), null, files.getJavaFileObjects(file))
                    .call();
            if (!compiled) {
                throw CommandException.failure(describe(file, diagnostics.getDiagnostics()));
            }
            return memory.classes();
        } catch (IOException e) {
            throw CommandException.failure("cannot compile " + file + ": " + e.getMessage(), e);
        }
    }

    private List<String> options() {
        StringBuilder path = new StringBuilder(System.getProperty("java.class.path"));
        classPath.forEach(each -> path.append(File.pathSeparatorChar).append(each));
        return List.of("-classpath", path.toString(), "-proc:none", "-parameters", "-g", "-Xlint:none", "-nowarn");
    }

    private static String describe(Path file, List<Diagnostic<? extends JavaFileObject>> diagnostics) {
        List<String> errors = new ArrayList<>();
        for (Diagnostic<? extends JavaFileObject> each : diagnostics) {
            if (each.getKind() == Diagnostic.Kind.ERROR) {
                errors.add("  " + file + ":" + Math.max(1, each.getLineNumber()) + ": "
                        + each.getMessage(Locale.ROOT).replaceAll("\\s*\\R\\s*", "; "));
            }
        }
        int more = errors.size() - ERRORS_SHOWN_MAX;
        List<String> shown = more > 0 ? new ArrayList<>(errors.subList(0, ERRORS_SHOWN_MAX)) : errors;
        if (more > 0) {
            shown.add("  … and " + more + " more");
        }
        return file + " does not compile; correct it and try again:\n" + String.join("\n", shown);
    }

    /** Keeps what the compiler writes. */
    private static final class InMemory extends ForwardingJavaFileManager<StandardJavaFileManager> {
        private final Map<String, ByteArrayOutputStream> outputs = new HashMap<>();

        InMemory(StandardJavaFileManager files) {
            super(files);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                JavaFileManager.Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("memory:///" + className.replace('.', '/')), kind) {
                @Override
                public OutputStream openOutputStream() {
                    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                    outputs.put(className, bytes);
                    return bytes;
                }
            };
        }

        CompiledClasses classes() {
            Map<String, byte[]> bytes = new HashMap<>();
            outputs.forEach((name, output) -> bytes.put(name, output.toByteArray()));
            return new CompiledClasses(bytes);
        }
    }
}
