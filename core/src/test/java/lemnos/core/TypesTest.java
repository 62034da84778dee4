package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.source.util.JavacTask;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the compiler refuses, and what it does not. PARITY-stakker.md S4, A16, A17, O12, R9. */
final class TypesTest {
  private static final String HEAD =
      """
      import java.time.Duration; import lemnos.core.*;
      final class Light {
        Light(Cx<Light> cx) {} static Light dim(Cx<Light> cx, int level) { return new Light(cx); }
        void set(boolean on) {} void answer(Ret<Boolean> ret) {} boolean isOn() { return true; }
      }
      final class Door { void open() {} }
      abstract class Program {
        Loop loop; Core core; Cx<Light> cx; Throwable error;
        Actor<Light> light; ActorOwn<Light> own; Ret<Boolean> ret; Fwd<String> fwd;
      """;

  private static final List<String> ALLOWED =
      List.of(
          "light.call(Light::set, true)",
          "own.call(Light::set, true)",
          "light.call(Light::answer, ret)",
          "light.call(l -> l.set(true))",
          "light.ask(Light::isOn, ret)",
          "own.kill(error)",
          "own.close()",
          "loop.run(0, false)",
          "loop.query(light, Light::isOn)",
          "loop.kill(own, error)",
          "cx.stop()",
          "cx.hold(ret)",
          "ret.ret(true)",
          "fwd.fwd(\"x\")",
          "loop.actor(Light::new, Ret.nop())",
          "cx.child(Light::dim, 3, Ret.nop())",
          "core.cancel(core.after(Duration.ZERO, light, Light::set, true))",
          "light.call(Light::answer, core.within(Duration.ZERO, ret))");

  private static final List<String> REFUSED =
      List.of(
          // A call: the method, the number of arguments and their types
          "light.call(Door::open)",
          "light.call(Light::set)",
          "light.call(Light::set, true, true)",
          "light.call(Light::set, \"on\")",
          "light.call(Light::answer, fwd)",
          "light.call(l -> l.open())",
          "core.after(Duration.ZERO, light, Light::set, 1)",
          "core.lazy(light, Light::set)",
          // An answer
          "light.ask(Light::isOn, core.<String>ret(s -> {}))",
          "ret.ret(\"yes\")",
          "fwd.fwd(1)",
          "Ret<String> other = light.ret(Light::set)",
          // How an actor is made
          "loop.actor(Door::new, Ret.nop())",
          "cx.child(Light::dim, \"bright\", Ret.nop())",
          "loop.actor(Light::new, ret)",
          // The state is out of reach
          "light.set(true)",
          "own.set(true)",
          "Light state = light",
          // A plain handle owns nothing
          "light.kill(error)",
          "light.close()",
          "loop.kill(light, error)",
          // The three bands of power
          "core.run(0, false)",
          "cx.run(0, false)",
          "core.query(light, Light::isOn)",
          "cx.kill(own, error)",
          "cx.close()",
          "cx.loop.run(0, false)",
          "core.stop()",
          "loop.stop()",
          "core.hold(ret)",
          // Nobody makes a handle of his own
          "Handle h = new Handle() {}",
          "Ret<Boolean> r = new Ret<Boolean>() {}");

  private static final class Program extends SimpleJavaFileObject {
    private final String text;

    Program(String text) {
      super(URI.create("string:///Program.java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /** A program of such statements, one a line. */
  private static String program(List<String> statements) {
    var text = new StringBuilder(HEAD.replace('\n', ' '));
    for (int i = 0; i < statements.size(); i++) {
      text.append("\n  void statement").append(i).append("() throws Exception { ");
      text.append(statements.get(i)).append("; }");
    }
    return text.append("\n}\n").toString();
  }

  private static List<String> refused(List<String> statements) throws IOException {
    var found = new DiagnosticCollector<JavaFileObject>();
    var options =
        List.of("-proc:none", "-Xmaxerrs", "1000", "-cp", home(Loop.class) + home(Nullable.class));
    var files = List.of(new Program(program(statements)));
    var compiler = ToolProvider.getSystemJavaCompiler();
    var task = compiler.getTask(new StringWriter(), null, found, options, null, files);
    ((JavacTask) task).analyze();
    var lines = new TreeSet<Long>();
    for (Diagnostic<?> diagnostic : found.getDiagnostics()) {
      if (diagnostic.getKind() == Diagnostic.Kind.ERROR) {
        lines.add(diagnostic.getLineNumber() - 1);
      }
    }
    return lines.stream().map(line -> statements.get(line.intValue() - 1)).toList();
  }

  private static String home(Class<?> type) {
    URI place = URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString());
    return Path.of(place) + File.pathSeparator;
  }

  @Test
  void programsThatAreRightCompile() throws IOException {
    assertEquals(List.of(), refused(ALLOWED));
  }

  @Test
  void programsThatAreWrongDoNot() throws IOException {
    assertEquals(REFUSED, refused(REFUSED));
  }
}
