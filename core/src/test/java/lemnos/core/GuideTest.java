package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The samples of docs/guide.md, which show what they claim. */
final class GuideTest {
  private static final List<String> SAID = new ArrayList<>();

  private static void say(String what) {
    SAID.add(what);
  }

  private static void assertSaid(String... expected) {
    assertEquals(List.of(expected), SAID);
    SAID.clear();
  }

  private final VirtualWorld world = new VirtualWorld(Instant.EPOCH);
  private final Loop loop = new Loop(world);
  private final Driver driver = new Driver(loop);

  GuideTest() {
    SAID.clear();
  }

  private void runUntilNothingIsLeft() {
    driver.runUntilShutdown();
  }

  // An actor

  static final class Counter {
    private int count;

    Counter(Cx<Counter> cx) {}

    void add(int n) {
      count += n;
    }

    int count() {
      return count;
    }
  }

  @Test
  void anActor() {
    Actor<Counter> counter = loop.actor(Counter::new, Ret.nop()).actor();
    counter.call(Counter::add, 2);
    counter.call(Counter::add, 3); // queued: nothing has run yet
    runUntilNothingIsLeft();
    assertEquals(5, loop.query(counter, Counter::count));
  }

  // Asking

  static final class Till {
    private final Actor<Counter> counter;
    private final Actor<Till> self;

    Till(Cx<Till> cx, Actor<Counter> counter) {
      this.counter = counter;
      this.self = cx.self();
    }

    void close() {
      counter.ask(Counter::count, self.ret(Till::counted));
    }

    void counted(@Nullable Integer count) {
      say(count == null ? "the counter is gone" : "sold " + count);
    }
  }

  @Test
  void asking() {
    ActorOwn<Counter> counter = loop.actor(Counter::new, Ret.nop());
    Actor<Till> till = loop.actor(Till::new, counter.actor(), Ret.nop()).actor();
    counter.call(Counter::add, 7);
    till.call(Till::close);
    runUntilNothingIsLeft();
    assertSaid("sold 7");
    counter.close();
    till.call(Till::close);
    runUntilNothingIsLeft();
    assertSaid("the counter is gone");
  }

  // Answering later

  static final class Oven {
    private final Cx<Oven> cx;

    Oven(Cx<Oven> cx) {
      this.cx = cx;
    }

    void bake(String what, Ret<String> done) {
      cx.after(Duration.ofMinutes(30), cx.self(), Oven::ready, what, done); // the timer owns it now
    }

    void ready(String what, Ret<String> done) {
      done.ret("warm " + what);
    }
  }

  static final class Baker {
    Baker(Cx<Baker> cx, Actor<Oven> oven) {
      oven.call(Oven::bake, "bread", cx.self().ret(Baker::serve));
    }

    void serve(@Nullable String food) {
      say(food == null ? "the oven broke" : "here is " + food);
    }
  }

  @Test
  void answeringLater() {
    ActorOwn<Oven> oven = loop.actor(Oven::new, Ret.nop());
    loop.actor(Baker::new, oven.actor(), Ret.nop());
    runUntilNothingIsLeft();
    assertSaid("here is warm bread");
    assertEquals(Duration.ofMinutes(30).toNanos(), loop.now() - loop.start());
    loop.actor(Baker::new, oven.actor(), Ret.nop());
    loop.run(loop.now(), false);
    loop.kill(oven, new IllegalStateException("short circuit"));
    runUntilNothingIsLeft();
    assertSaid("the oven broke");
  }

  // A deadline

  static final class Guest {
    Guest(Cx<Guest> cx, Actor<Oven> oven) {
      Ret<String> dish = cx.self().ret(Guest::eat);
      oven.call(Oven::bake, "cake", cx.within(Duration.ofMinutes(10), dish));
    }

    void eat(@Nullable String dish) {
      say(dish == null ? "I cannot wait any longer" : "tasty " + dish);
    }
  }

  @Test
  void aDeadline() {
    Actor<Oven> oven = loop.actor(Oven::new, Ret.nop()).actor();
    loop.actor(Guest::new, oven, Ret.nop());
    runUntilNothingIsLeft();
    assertSaid("I cannot wait any longer");
  }

  // Data that keeps coming

  static final class Thermometer {
    Thermometer(Cx<Thermometer> cx, Fwd<Double> readings) {
      readings.fwd(20.5);
      readings.fwd(21.0);
    }
  }

  static final class Display {
    Display(Cx<Display> cx) {
      cx.child(Thermometer::new, cx.self().fwd(Display::show, "kitchen"), Ret.nop());
    }

    void show(String room, double degrees) {
      say(room + " " + degrees);
    }
  }

  @Test
  void dataThatKeepsComing() {
    loop.actor(Display::new, Ret.nop());
    runUntilNothingIsLeft();
    assertSaid("kitchen 20.5", "kitchen 21.0");
  }

  // Owners, and what follows from an end

  static final class Worker {
    Worker(Cx<Worker> cx) {}

    void work(int load) {
      if (load > 100) {
        throw new IllegalArgumentException("a load of " + load);
      }
      say("done " + load);
    }
  }

  static final class Foreman {
    private final Cx<Foreman> cx;
    private Actor<Worker> worker;

    Foreman(Cx<Foreman> cx) {
      this.cx = cx;
      this.worker = hire();
    }

    private Actor<Worker> hire() {
      return cx.child(Worker::new, cx.self().ret(Foreman::ended)); // the foreman owns the worker
    }

    void ended(@Nullable StopCause cause) {
      say(String.valueOf(cause));
      worker = hire();
    }

    void assign(int load) {
      worker.call(Worker::work, load);
    }
  }

  @Test
  void ownersAndEnds() {
    ActorOwn<Foreman> foreman = loop.actor(Foreman::new, Ret.nop());
    foreman.call(Foreman::assign, 1000);
    runUntilNothingIsLeft();
    foreman.call(Foreman::assign, 10);
    runUntilNothingIsLeft();
    assertSaid("Actor failed: java.lang.IllegalArgumentException: a load of 1000", "done 10");
    foreman.close(); // and the worker ends too, for its owner is gone
    runUntilNothingIsLeft();
    assertEquals(0, loop.actorCount());
  }

  // An actor that takes time to make

  static final class Client {
    private final String session;

    private Client(String session) {
      this.session = session;
    }

    static @Nullable Client login(Cx<Client> cx, Actor<Oven> server) {
      server.call(Oven::bake, "session", cx.retInit(Client::welcome));
      return null; // not ready yet: calls to it wait
    }

    static @Nullable Client welcome(Cx<Client> cx, @Nullable String session) {
      if (session == null) {
        cx.fail("no session");
        return null;
      }
      return new Client(session);
    }

    void send(String text) {
      say(text + " by " + session);
    }
  }

  @Test
  void anActorThatTakesTimeToMake() {
    Actor<Oven> server = loop.actor(Oven::new, Ret.nop()).actor();
    Actor<Client> client = loop.actor(Client::login, server, Ret.nop()).actor();
    client.call(Client::send, "hello");
    runUntilNothingIsLeft();
    assertSaid("hello by warm session");
  }

  // Timers

  static final class Watch {
    private final Cx<Watch> cx;
    private final MaxTimer quiet = new MaxTimer();

    Watch(Cx<Watch> cx) {
      this.cx = cx;
      cx.every(Duration.ofSeconds(10), cx.self(), Watch::report);
      heard();
    }

    void heard() {
      quiet.set(cx, cx.now() + Duration.ofMinutes(1).toNanos(), cx.self(), Watch::silence);
    }

    void report() {
      say("still here");
    }

    void silence() {
      say("nobody for a minute");
      cx.stop(); // its timers end with it
    }
  }

  @Test
  void timers() {
    loop.actor(Watch::new, Ret.nop());
    loop.run(loop.now(), false);
    runUntilNothingIsLeft();
    assertEquals("nobody for a minute", SAID.removeLast());
    assertTrue(SAID.size() >= 5 && SAID.stream().allMatch("still here"::equals));
  }

  // Turns

  static final class Writer {
    private final Cx<Writer> cx;
    private final StringBuilder lines = new StringBuilder();

    Writer(Cx<Writer> cx) {
      this.cx = cx;
    }

    void line(String line) {
      if (lines.isEmpty()) {
        cx.lazy(cx.self(), Writer::flush); // when everything that is queued has run
      }
      lines.append(line).append(';');
    }

    void flush() {
      say(lines.toString());
      lines.setLength(0);
    }
  }

  @Test
  void turns() {
    Actor<Writer> writer = loop.actor(Writer::new, Ret.nop()).actor();
    writer.call(Writer::line, "a");
    writer.call(Writer::line, "b");
    runUntilNothingIsLeft();
    assertSaid("a;b;");
  }

  // From other threads

  static final class Ear {
    Ear(Cx<Ear> cx) {}

    void hear(String what) {
      say("heard " + what);
    }
  }

  @Test
  void fromOtherThreads() throws Exception {
    Actor<Ear> ear = loop.actor(Ear::new, Ret.nop()).actor();
    Actor<Counter> counter = loop.actor(Counter::new, Ret.nop()).actor();
    var count = new ArrayList<CompletableFuture<Integer>>();
    Thread other =
        World.real()
            .start(
                "other",
                true,
                () -> {
                  ear.call(Ear::hear, "this"); // any thread may call
                  count.add(counter.asking(Counter::count)); // and ask for a future
                });
    other.join();
    runUntilNothingIsLeft();
    assertSaid("heard this");
    assertEquals(0, count.getFirst().join());
  }

  // Overload

  static final class Clerk {
    Clerk(Cx<Clerk> cx) {
      cx.limit(2);
    }

    String stamp(String form) {
      return form + " stamped";
    }
  }

  @Test
  void overload() {
    Actor<Clerk> clerk = loop.actor(Clerk::new, Ret.nop()).actor();
    runUntilNothingIsLeft();
    for (String form : List.of("A", "B", "C")) {
      clerk.ask(Clerk::stamp, form, loop.ret(answer -> say(form + ": " + answer)));
    }
    assertSaid("C: null"); // at once: two wait already
    runUntilNothingIsLeft();
    assertSaid("A: A stamped", "B: B stamped");
  }

  // State that two share

  static final class Teller {
    private final Share<long[]> vault;

    Teller(Cx<Teller> cx, Share<long[]> vault) {
      this.vault = vault;
    }

    void pay(long amount) {
      vault.rw(money -> money[0] += amount);
    }
  }

  @Test
  void stateThatTwoShare() {
    ShareOwn<long[]> vault = Share.owned(loop, new long[] {100});
    Actor<Teller> one = loop.actor(Teller::new, vault.share(), Ret.nop()).actor();
    Actor<Teller> two = loop.actor(Teller::new, vault.share(), Ret.nop()).actor();
    one.call(Teller::pay, 20L);
    two.call(Teller::pay, -50L);
    runUntilNothingIsLeft();
    vault.share().rw(money -> say("left: " + money[0]));
    assertSaid("left: 70");
  }
}
