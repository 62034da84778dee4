package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Spans: the lives of actors, and others (C19, C20, L6 to L8). */
final class LogSpanTest {
  private static final String HERE = LogSpanTest.class.getName();
  private static final String PROBE = Probe.class.getName();

  private final Loop loop = new Loop(0);
  private final List<String> lines = new ArrayList<>();
  private final Trace trace = new Trace();

  LogSpanTest() {
    loop.setLogger(LogFilter.parse("open"), (core, record) -> lines.add(record.toString()));
  }

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  private List<String> taken() {
    var taken = List.copyOf(lines);
    lines.clear();
    return taken;
  }

  private ActorOwn<Probe> probe() {
    ActorOwn<Probe> probe =
        loop.actor(Probe::new, trace, "a", loop.ret(cause -> lines.add("notify " + cause)));
    assertEquals(List.of("OPEN #" + probe.actor().id() + ": " + HERE), taken());
    run();
    return probe;
  }

  @Test
  void anActorIsOpenedWhenItIsMadeAndNotWhenItsInitRuns() {
    loop.actor(Probe::new, trace, "a", Ret.nop());
    assertEquals(List.of("OPEN #1: " + HERE), taken());
    run();
    assertEquals(List.of(), taken());
  }

  @Test
  void anActorWithoutInitHasNoNameYet() {
    loop.actor(Ret.nop());
    assertEquals(List.of("OPEN #1"), taken());
  }

  private static final class Maker implements Init.Of0<Integer> {
    @Override
    public Integer make(Cx<Integer> cx) {
      return 1;
    }
  }

  @Test
  void anInitFunctionOfAClassOfItsOwnGivesItsName() {
    loop.actor(new Maker(), Ret.nop());
    assertEquals(List.of("OPEN #1: " + Maker.class.getName()), taken());
  }

  @Test
  void theParentIsTheActorWhoseBehaviourMadeIt() {
    ActorOwn<Probe> probe = probe();
    Probe.in(probe, cx -> cx.child(Probe::new, trace, "b", Ret.nop()));
    Probe.in(probe, cx -> loop.actor(Probe::new, trace, "c", Ret.nop()));
    loop.execute(() -> loop.actor(Probe::new, trace, "d", Ret.nop()));
    run();
    assertEquals(
        List.of(
            "OPEN #2: " + HERE + " {parent=1}",
            "OPEN #3: " + HERE + " {parent=1}",
            "OPEN #4: " + HERE),
        taken().stream().filter(line -> line.startsWith("OPEN")).toList());
  }

  @Test
  void theParentIsAnInteger() {
    var parents = new ArrayList<@Nullable Object>();
    loop.setLogger(
        LogFilter.parse("open"), (core, record) -> parents.addAll(Values.of(record).values()));
    ActorOwn<Probe> probe = loop.actor(Probe::new, trace, "a", Ret.nop());
    Probe.in(probe, cx -> cx.child(Probe::new, trace, "b", Ret.nop()));
    run();
    assertEquals(List.of(1L), parents);
  }

  @Test
  void aStopClosesWithoutKeyOrText() {
    probe().call(Probe::stop);
    run();
    assertEquals(List.of("CLOSE #1 " + PROBE, "notify Actor stopped"), taken());
  }

  @Test
  void aFailureClosesWithItsMessage() {
    probe().call(Probe::fail, "Called A::fail");
    run();
    assertEquals("CLOSE #1 " + PROBE + ": Called A::fail {failed}", lines.getFirst());
  }

  @Test
  void anExceptionClosesAsAFailureAndIsInTheRecord() {
    var errors = new ArrayList<@Nullable Throwable>();
    ActorOwn<Probe> probe = probe();
    loop.setLogger(
        LogFilter.parse("close"),
        (core, record) -> {
          lines.add(record.toString());
          errors.add(record.error());
        });
    probe.call(Probe::boom, "pipe");
    run();
    assertEquals("CLOSE #1 " + PROBE + ": java.io.IOException: pipe {failed}", lines.getFirst());
    assertTrue(errors.getFirst() instanceof IOException);
  }

  @Test
  void aKillClosesWithItsError() {
    loop.kill(probe(), new ActorFailure("enough"));
    assertEquals(
        List.of(
            "CLOSE #1 " + PROBE + ": enough {killed}",
            "notify Actor was killed: lemnos.core.ActorFailure: enough"),
        taken());
  }

  @Test
  void aDropClosesWithItsKey() {
    probe().close();
    run();
    assertEquals(List.of("CLOSE #1 " + PROBE + " {dropped}", "notify Actor was dropped"), taken());
  }

  @Test
  void aLossClosesWithItsKey() {
    loop.queues.end(Cell.of(probe()), new StopCause.Lost());
    assertEquals(
        List.of("CLOSE #1 " + PROBE + " {lost}", "notify Lost connection to actor"), taken());
  }

  @Test
  void theKeyIsThereWithoutAValue() {
    var values = new ArrayList<String>();
    loop.setLogger(
        LogFilter.parse("close"), (core, record) -> values.add(Values.of(record).toString()));
    loop.actor(Probe::new, trace, "a", Ret.nop()).close();
    run();
    assertEquals(List.of("{}", "{dropped=PRESENT}"), values);
  }

  @Test
  void anActorThatWasNeverReadyIsClosedToo() {
    loop.actor(Probe::never, trace, "a", Ret.nop()).close();
    taken();
    run();
    assertEquals(List.of("CLOSE #1 {dropped}"), taken());
  }

  @Test
  void anActorIsClosedOnceAfterItsStateAndBeforeItsNotify() {
    ActorOwn<Probe> probe = loop.actor(Probe::new, trace, "a", trace.ret(loop, "end"));
    loop.setLogger(LogFilter.parse("close"), (core, record) -> trace.add("logged"));
    probe.call(Probe::fail, "x");
    probe.call(Probe::stop);
    run();
    probe.close();
    run();
    assertEquals(
        List.of("a closed", "logged", "end = Actor failed: lemnos.core.ActorFailure: x"),
        trace.take());
  }

  @Test
  void aFailingCloseIsLoggedAsWhatIsReported() {
    ActorOwn<AutoCloseable> own =
        loop.actor(
            cx ->
                () -> {
                  throw new IOException("disk");
                },
            loop.ret(cause -> lines.add("notify " + cause)));
    run();
    own.close();
    run();
    assertTrue(lines.get(1).endsWith("java.io.IOException: disk {failed}"), lines.toString());
    assertEquals("notify Actor failed: java.io.IOException: disk", lines.get(2));
  }

  @Test
  void closingTheLoopClosesAllSpans() {
    loop.actor(Probe::new, trace, "a", Ret.nop());
    loop.actor(Probe::new, trace, "b", Ret.nop());
    run();
    taken();
    loop.close();
    assertEquals(
        List.of("CLOSE #1 " + PROBE + " {dropped}", "CLOSE #2 " + PROBE + " {dropped}"), taken());
  }

  @Test
  void idsComeFromOneSequenceEvenIfNothingIsLogged() {
    var quiet = new Loop(0);
    assertEquals(1, quiet.logSpanOpen("request", 0));
    ActorOwn<Probe> probe = quiet.actor(Probe::new, trace, "a", Ret.nop());
    assertEquals(2, probe.actor().id());
    assertEquals(3, quiet.logSpanOpen("request", 2));
  }

  @Test
  void aSpanOfNoActorIsOpenedFilledAndClosed() {
    loop.setLogger(LogFilter.parse("info,open"), (core, record) -> lines.add(record.toString()));
    long one = loop.logSpanOpen("request", 0);
    long two = loop.logSpanOpen("part", one, v -> v.kv("size", 7));
    loop.log(LogLevel.INFO).span(two).write("working");
    loop.logSpanClose(two, "too large");
    loop.log(LogLevel.CLOSE).span(one).kv("bytes", 12).write("");
    assertEquals(
        List.of(
            "OPEN #1: request",
            "OPEN #2: part {parent=1 size=7}",
            "INFO #2: working",
            "CLOSE #2: too large",
            "CLOSE #1 {bytes=12}"),
        taken());
  }

  @Test
  void whatTheFilterExcludesIsNotWritten() {
    loop.setLogger(LogFilter.parse("info"), (core, record) -> lines.add(record.toString()));
    loop.logSpanClose(loop.logSpanOpen("request", 0), "");
    loop.actor(Probe::new, trace, "a", Ret.nop()).close();
    run();
    assertEquals(List.of(), taken());
  }
}
