package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The adapters to the JDK: flight recorder and System.Logger (G9). */
final class LogSinksTest {
  private final Loop loop = new Loop(0);

  /** Fails when somebody asks for its text. */
  private static final class Untouchable {
    @Override
    public String toString() {
      throw new AssertionError("formatted");
    }
  }

  @Test
  void recordsBecomeEventsOfTheFlightRecorder(@TempDir Path folder) throws Exception {
    loop.setLogger(LogFilter.parse("info,audit,open"), new JfrLogger());
    Path file = folder.resolve("log.jfr");
    try (var recording = new Recording()) {
      recording.enable("lemnos.Log");
      recording.start();
      ActorOwn<Integer> actor = loop.actor(cx -> 1, Ret.nop());
      loop.run(1, false);
      loop.log(LogLevel.WARN)
          .span(actor.actor().id())
          .target("net")
          .kv("port", 80)
          .kv("peer", "a \"b\"")
          .write("port {} is slow");
      actor.close();
      loop.run(2, false);
      recording.stop();
      recording.dump(file);
    }
    List<String> seen = new ArrayList<>();
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      seen.add(
          event.getEventType().getName()
              + (" " + event.getString("level"))
              + (" " + event.getLong("span"))
              + (" " + event.getString("target"))
              + (" " + event.getString("text"))
              + (" " + event.getString("pairs")));
    }
    assertEquals(
        List.of(
            "lemnos.Log OPEN 1  lemnos.core.LogSinksTest {}",
            "lemnos.Log WARN 1 net port 80 is slow {\"port\":80,\"peer\":\"a \\\"b\\\"\"}",
            "lemnos.Log CLOSE 1 java.lang.Integer  {\"dropped\":null}"),
        seen);
    assertEquals(1, Files.list(folder).count());
  }

  @Test
  void withoutARecordingNoTextIsPutTogether() {
    loop.setLogger(LogFilter.of(LogLevel.INFO), new JfrLogger());
    loop.log(LogLevel.INFO).kv("k", new Untouchable()).write("{}");
  }

  /** Keeps what reaches java.util.logging. */
  private static final class Keeper extends Handler {
    private final List<java.util.logging.LogRecord> records = new ArrayList<>();

    @Override
    public void publish(java.util.logging.LogRecord record) {
      records.add(record);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private static List<java.util.logging.LogRecord> keep(String logger, Level level, Runnable body) {
    System.getLogger(logger); // makes it known
    var jul = java.util.logging.Logger.getLogger(logger);
    var keeper = new Keeper();
    jul.addHandler(keeper);
    jul.setUseParentHandlers(false);
    jul.setLevel(level);
    try {
      body.run();
    } finally {
      jul.removeHandler(keeper);
      jul.setUseParentHandlers(true);
      jul.setLevel(null);
    }
    assertSame(jul, LogManager.getLogManager().getLogger(logger));
    return keeper.records;
  }

  @Test
  void recordsReachTheSystemsLogger() {
    loop.setLogger(LogFilter.parse("trace,audit,open"), Logger.system());
    var error = new IllegalStateException("x");
    List<java.util.logging.LogRecord> records =
        keep(
            "lemnos.test",
            Level.ALL,
            () -> {
              for (LogLevel level : LogLevel.values()) {
                loop.log(level).target("lemnos.test").kv("k", 1).write("text {0} {}");
              }
              loop.log(LogLevel.ERROR).target("lemnos.test").arg(error).write("failed");
            });
    assertEquals(
        List.of("FINER", "FINE", "INFO", "WARNING", "SEVERE", "INFO", "FINE", "FINE", "SEVERE"),
        records.stream().map(record -> record.getLevel().getName()).toList());
    assertEquals("text {0} 1 {k=1}", records.getFirst().getMessage());
    assertSame(error, records.getLast().getThrown());
  }

  @Test
  void recordsWithoutTargetReachTheLoggerOfTheProject() {
    loop.setLogger(LogFilter.of(LogLevel.INFO), Logger.system());
    List<java.util.logging.LogRecord> records =
        keep("lemnos", Level.ALL, () -> loop.log(LogLevel.INFO).write("hello"));
    assertEquals("hello", records.getFirst().getMessage());
    List<java.util.logging.LogRecord> none =
        keep(
            "lemnos",
            Level.SEVERE,
            () -> loop.log(LogLevel.INFO).kv("k", new Untouchable()).write("{}"));
    assertEquals(List.of(), none);
  }
}
