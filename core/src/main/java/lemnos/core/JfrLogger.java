package lemnos.core;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * A logger that makes each record a {@code lemnos.Log} event of JDK Flight Recorder. While no
 * recording wants the event its text is not even put together.
 *
 * <p>Needs the module {@code jdk.jfr} at run time. A program on the module path has to require it.
 */
public final class JfrLogger implements Logger {
  /** One record. */
  @Name("lemnos.Log")
  @Label("Log record")
  @Category("Lemnos")
  @StackTrace(false)
  @SuppressWarnings("unused") // JFR reads the fields
  private static final class LogEvent extends Event {
    @Label("Level")
    String level = "";

    @Label("Span")
    @Description("The actor's id, or that of another span; 0 for none")
    long span;

    @Label("Target")
    String target = "";

    @Label("Text")
    String text = "";

    @Label("Key-values")
    @Description("As a JSON object")
    String pairs = "";
  }

  /** A logger for any number of loops. */
  public JfrLogger() {}

  @Override
  public void log(Core core, LogRecord record) {
    var event = new LogEvent();
    if (event.shouldCommit()) {
      event.level = record.level().name();
      event.span = record.id();
      event.target = record.target();
      event.text = record.text();
      var pairs = new StringBuilder("{");
      LogFormat.JSON.appendPairs(pairs, record, "", "");
      event.pairs = pairs.append('}').toString();
      event.commit();
    }
  }
}
