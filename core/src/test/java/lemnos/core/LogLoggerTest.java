package lemnos.core;

import static lemnos.core.LogLevel.AUDIT;
import static lemnos.core.LogLevel.DEBUG;
import static lemnos.core.LogLevel.ERROR;
import static lemnos.core.LogLevel.INFO;
import static lemnos.core.LogLevel.OFF;
import static lemnos.core.LogLevel.WARN;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** The loop's logger, its filter and the records that reach it (C15 to C18, L4, L9, L10, G1-G4). */
final class LogLoggerTest {
  private static final String PROBE = Probe.class.getName();

  private final Loop loop = new Loop(0);
  private final List<String> lines = new ArrayList<>();
  private final Trace trace = new Trace();
  private final Logger toLines = (core, record) -> lines.add(record.toString());

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  private List<String> taken() {
    var taken = List.copyOf(lines);
    lines.clear();
    return taken;
  }

  private void logTo(String filter) {
    loop.setLogger(LogFilter.parse(filter), toLines);
  }

  /** Tells how often it was asked for its text. */
  private static final class Counted {
    private int asked;

    @Override
    public String toString() {
      asked++;
      return "asked";
    }
  }

  // What is logged

  @Test
  void nothingIsLoggedByDefault() {
    for (LogLevel level : LogLevel.values()) {
      assertFalse(loop.logs(level));
      assertSame(LogEntry.OFF, loop.log(level));
    }
    loop.log(ERROR)
        .span(1)
        .target("t")
        .kv("a")
        .kv("b", 1)
        .kv("c", 1.5)
        .kv("d", 'x')
        .kv("e", "f")
        .pairs(v -> v.kv("g", 1))
        .arg(1)
        .arg(1.5)
        .arg('x')
        .arg("x")
        .write("nothing");
    loop.setLogFilter(LogFilter.of(LogLevel.TRACE));
    assertFalse(loop.logs(ERROR));
  }

  @Test
  void exactlyTheLevelsOfTheFilterAreLogged() {
    logTo("warn,audit");
    for (LogLevel level : LogLevel.values()) {
      assertEquals(level == WARN || level == ERROR || level == AUDIT, loop.logs(level));
      loop.log(level).write("x");
    }
    loop.log(OFF).write("never");
    assertEquals(List.of("WARN: x", "ERROR: x", "AUDIT: x"), taken());
  }

  @Test
  void aRecordOfAnActorHasItsIdAndClass() {
    logTo("info");
    ActorOwn<Probe> probe = loop.actor(Probe::new, trace, "a", Ret.nop());
    Probe.in(probe, cx -> cx.log(INFO).kv("port", 80).kv("peer", "a b").write("port {} is open"));
    run();
    assertEquals(List.of("INFO #1 " + PROBE + ": port 80 is open {port=80 peer=\"a b\"}"), taken());
  }

  @Test
  void anActorThatIsBeingMadeHasAnIdButNoClassYet() {
    logTo("info");
    loop.actor(
        cx -> {
          cx.log(INFO).write("starting");
          return 1;
        },
        Ret.nop());
    run();
    assertEquals(List.of("INFO #1: starting"), taken());
  }

  @Test
  void theHostLogsWithoutId() {
    logTo("info");
    loop.log(INFO).write("hello");
    loop.log(INFO).span(7).target("net").write("hello");
    assertEquals(List.of("INFO: hello", "INFO #7 net: hello"), taken());
  }

  @Test
  void valuesFillTheHolesInOrder() {
    logTo("info");
    loop.log(INFO)
        .arg(1)
        .kv("b", 2.5)
        .arg('c')
        .kv("mark")
        .pairs(v -> v.kv("x", 1))
        .arg("d")
        .write("{} {} {} {} {}");
    loop.log(INFO).kv("a", 1).kv("b", 2).write("only {}");
    loop.log(INFO).arg(new int[] {1, 2}).arg(null).write("{}{}");
    assertEquals(
        List.of("INFO: 1 2.5 c d {} {b=2.5 mark x=1}", "INFO: only 1 {a=1 b=2}", "INFO: [1 2]null"),
        taken());
  }

  @Test
  void anAuditRecordIsATagAndKeyValues() {
    logTo("audit");
    loop.log(AUDIT).kv("user", "ann").kv("tries", 2).write("Login {}");
    loop.log(INFO).write("not logged");
    assertEquals(List.of("AUDIT: Login {} {user=ann tries=2}"), taken());
  }

  // Laziness

  @Test
  void textAndValuesAreNotTouchedUnlessAskedFor() {
    var value = new Counted();
    LogPairs pairs =
        v -> {
          throw new AssertionError("visited");
        };
    loop.setLogger(LogFilter.of(INFO), (core, record) -> lines.add(record.level().name()));
    loop.log(DEBUG).kv("k", value).arg(value).pairs(pairs).write("{}");
    loop.log(INFO).kv("k", value).arg(value).pairs(pairs).write("{}");
    assertEquals(List.of("INFO"), taken());
    assertEquals(0, value.asked);
  }

  @Test
  void valuesCanBeVisitedAnyNumberOfTimes() {
    var value = new Counted();
    loop.setLogger(
        LogFilter.of(INFO),
        (core, record) -> {
          lines.add(Values.of(record).toString());
          lines.add(Values.of(record).toString());
        });
    loop.log(INFO).kv("k", value).write("text");
    assertEquals(List.of("{k=asked}", "{k=asked}"), taken());
    assertEquals(2, value.asked);
  }

  // The filter and the logger change

  @Test
  void aChangeOfTheFilterIsAnnouncedThroughTheOldOneAtInfo() {
    loop.setLogger(
        LogFilter.of(WARN),
        (core, record) -> {
          lines.add(record + " " + Values.of(record));
          core.shutdown(Cell.STOPPED);
        });
    loop.setLogFilter(LogFilter.of(ERROR));
    assertEquals(
        List.of("INFO: Logging level changed {filter=LogFilter(ERROR)} {filter=LogFilter(ERROR)}"),
        taken());
    assertEquals(Cell.STOPPED, loop.takeShutdown());
    assertFalse(loop.logs(WARN));
    assertTrue(loop.logs(ERROR));
  }

  @Test
  void theOldFilterStillHoldsWhileTheChangeIsAnnounced() {
    logTo("info");
    loop.setLogFilter(LogFilter.of());
    loop.log(ERROR).write("not logged");
    loop.setLogFilter(LogFilter.of(ERROR));
    loop.log(ERROR).write("logged");
    assertEquals(3, taken().size());
  }

  @Test
  void aNewLoggerTakesThePlaceOfTheOldOneUnannounced() {
    logTo("info");
    loop.setLogger(LogFilter.of(INFO), (core, record) -> lines.add("second"));
    loop.log(INFO).write("x");
    assertEquals(List.of("second"), taken());
  }

  // The logger

  @Test
  void whatTheLoggerLogsItselfIsIgnored() {
    loop.setLogger(
        LogFilter.parse("info,open"),
        (core, record) -> {
          lines.add(record.toString());
          assertFalse(core.logs(ERROR));
          core.log(ERROR).write("nested");
          core.logSpanClose(core.logSpanOpen("nested", 0), "");
          core.actor(Ret.nop());
        });
    loop.log(INFO).write("one");
    loop.log(INFO).write("two");
    assertEquals(List.of("INFO: one", "INFO: two"), taken());
  }

  @Test
  void aFilterThatTheLoggerSetsHoldsFromTheNextRecordOn() {
    loop.setLogger(
        LogFilter.of(INFO),
        (core, record) -> {
          lines.add(record.toString());
          loop.setLogFilter(LogFilter.of(ERROR));
        });
    loop.log(INFO).write("one");
    loop.log(INFO).write("two");
    loop.log(ERROR).write("three");
    assertEquals(List.of("INFO: one", "ERROR: three"), taken());
  }

  @Test
  void theLoggerMayCallActors() {
    ActorOwn<Probe> sink = loop.actor(Probe::new, trace, "sink", Ret.nop());
    run();
    loop.setLogger(
        LogFilter.of(INFO), (core, record) -> sink.call(Probe::say, "got " + record.text()));
    loop.log(INFO).write("this");
    assertEquals(List.of(), trace.take());
    run();
    assertEquals(List.of("sink got this"), trace.take());
  }

  @Test
  void aLoggerThatThrowsHarmsNobody() {
    loop.onUncaught((where, error) -> lines.add(where + ": " + error.getMessage()));
    loop.setLogger(
        LogFilter.parse("info,open"),
        (core, record) -> {
          throw new java.io.IOException("disk full");
        });
    ActorOwn<Probe> probe = loop.actor(Probe::new, trace, "a", Ret.nop());
    Probe.in(probe, cx -> cx.log(INFO).write("x"));
    run();
    assertFalse(probe.actor().isGone());
    assertEquals(2, lines.size());
    assertTrue(lines.getFirst().startsWith("the logger of "), lines.getFirst());
    assertTrue(lines.getFirst().endsWith(": disk full"), lines.getFirst());
    lines.clear();
    logTo("info");
    loop.log(INFO).write("alive");
    assertEquals(List.of("INFO: alive"), taken());
  }

  @Test
  void aValueThatCannotBeShownHarmsNobody() {
    logTo("info");
    var bad =
        new Object() {
          @Override
          public String toString() {
            throw new IllegalArgumentException("no");
          }
        };
    loop.log(INFO).kv("bad", bad).kv("good", 1).write("{}");
    String text =
        "[no text of " + bad.getClass().getName() + ": java.lang.IllegalArgumentException]";
    assertEquals(1, lines.size());
    assertTrue(lines.getFirst().contains(text), lines.getFirst());
    assertTrue(lines.getFirst().endsWith("good=1}"), lines.getFirst());
  }

  private static final class Endless implements LogPairs {
    @Override
    public void visit(LogVisitor visitor) {
      visitor.kv("self", this);
    }
  }

  @Test
  void aValueWithoutEndHarmsNobody() {
    loop.onUncaught((where, error) -> lines.add(error.getClass().getSimpleName()));
    logTo("info");
    ActorOwn<Probe> probe = loop.actor(Probe::new, trace, "a", Ret.nop());
    Probe.in(probe, cx -> cx.log(INFO).kv("endless", new Endless()).write("x"));
    Probe.in(probe, cx -> cx.log(INFO).write("y"));
    run();
    assertEquals(List.of("StackOverflowError", "INFO #1 " + PROBE + ": y"), taken());
  }

  @Test
  void eachLoopHasALoggerOfItsOwn() {
    logTo("info");
    var other = new Loop(0);
    other.log(INFO).write("unheard");
    loop.log(INFO).write("heard");
    assertEquals(List.of("INFO: heard"), taken());
  }

  @Test
  void theErrorOfARecordIsTheFirstAmongItsValues() {
    var errors = new ArrayList<Object>();
    loop.setLogger(
        LogFilter.of(INFO), (core, record) -> errors.add(String.valueOf(record.error())));
    loop.log(INFO).kv("n", 1).arg(new ActorFailure("one")).kv("e", new ActorFailure("2")).write("");
    loop.log(INFO).kv("n", 1).write("");
    assertEquals(List.of("lemnos.core.ActorFailure: one", "null"), errors);
  }

  // Entries

  private String logged(String what) {
    loop.log(INFO).kv("inner", what).write("inner");
    return what;
  }

  @Test
  void loggingWhileARecordIsBeingMadeMixesNothingUp() {
    logTo("info");
    loop.log(INFO).kv("a", 1).kv("b", logged("x")).kv("c", logged("y")).write("outer");
    assertEquals(
        List.of("INFO: inner {inner=x}", "INFO: inner {inner=y}", "INFO: outer {a=1 b=x c=y}"),
        taken());
  }

  @Test
  void aRecordThatIsGivenUpLeavesNoTrace() {
    logTo("info");
    var unused = loop.log(INFO).kv("a", 1);
    assertThrows(
        ArithmeticException.class, () -> loop.log(INFO).kv("a", Math.negateExact(Long.MIN_VALUE)));
    loop.log(INFO).kv("b", 2).write("x");
    assertEquals(List.of("INFO: x {b=2}"), taken());
  }

  @Test
  void aWrittenRecordCannotBeWrittenAgain() {
    logTo("info");
    LogEntry entry = loop.log(INFO);
    entry.write("x");
    assertThatIllegalStateException()
        .isThrownBy(() -> entry.write("y"))
        .withMessage("this record is written: begin a new one with log(level)");
  }

  @Test
  void aRecordHoldsAnyNumberOfValues() {
    loop.setLogger(LogFilter.of(INFO), (core, record) -> lines.add("" + Values.of(record).size()));
    LogEntry entry = loop.log(INFO);
    for (int i = 0; i < 100; i++) {
      entry = entry.kv("k" + i, i);
    }
    entry.write("x");
    loop.log(INFO).write("x");
    assertEquals(List.of("100", "0"), taken());
  }

  @Test
  void anotherThreadCannotLog() throws Exception {
    logTo("info");
    var task = new FutureTask<Void>(() -> loop.log(INFO).write("x"), null);
    Thread.ofPlatform().start(task);
    var e = assertThrows(java.util.concurrent.ExecutionException.class, task::get);
    assertTrue(e.getCause() instanceof IllegalStateException);
    assertEquals(List.of(), taken());
  }

  @Test
  void aClosedLoopStillLogs() {
    logTo("info");
    loop.close();
    loop.log(INFO).write("late");
    assertEquals(List.of("INFO: late"), taken());
    assertNull(loop.takeShutdown());
  }
}
