package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** In the steady state calls and queries cost no memory. */
final class AllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int CALLS = 1_000;
  private static final int WARM_UP_ROUNDS = 50;

  private final Loop loop = new Loop(0);
  private final ActorOwn<Counter> counter = loop.actor(cx -> new Counter(), Ret.nop());
  private long sum;

  private static final class Counter {
    private long n;

    void of0() {
      n++;
    }

    void of1(String a) {
      n++;
    }

    void of2(String a, String b) {
      n++;
    }

    void of3(String a, String b, String c) {
      n++;
    }

    void of4(String a, String b, String c, String d) {
      n++;
    }

    void ofRecord(Point a) {
      n++;
    }

    void ofRecordAndString(Point a, String b) {
      n++;
    }

    void anInt(int a) {
      n += a;
    }

    void aLong(long a) {
      n += a;
    }

    void aDouble(double a) {
      n += (long) a;
    }

    void ret(Ret<String> ret) {
      ret.ret("x");
    }

    String query0() {
      return "x";
    }

    String query1(String a) {
      return a;
    }

    String query2(String a, String b) {
      return b;
    }
  }

  /** The bytes that this thread allocates in one round of calls, once all is warm. */
  private long bytes(Consumer<ActorOwn<Counter>> call) {
    long least = Long.MAX_VALUE;
    for (int round = 0; round < WARM_UP_ROUNDS; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < CALLS; i++) {
        call.accept(counter);
      }
      loop.run(loop.now() + 1, false);
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    return least;
  }

  @Test
  void callsAllocateNothing() {
    assertEquals(0, bytes(c -> c.call(Counter::of0)));
    assertEquals(0, bytes(c -> c.call(Counter::of1, "a")));
    assertEquals(0, bytes(c -> c.call(Counter::of2, "a", "b")));
    assertEquals(0, bytes(c -> c.call(Counter::of3, "a", "b", "c")));
    assertEquals(0, bytes(c -> c.call(Counter::of4, "a", "b", "c", "d")));
    Long ran = loop.query(counter, c -> c.n);
    assertEquals(Long.valueOf(5L * CALLS * WARM_UP_ROUNDS), ran);
  }

  @Test
  void callsWithAPrimitiveArgumentAllocateNothing() {
    assertEquals(0, bytes(c -> c.call(Counter::anInt, 123_456)));
    assertEquals(0, bytes(c -> c.call(Counter::aLong, 123_456_789_012L)));
    assertEquals(0, bytes(c -> c.call(Counter::aDouble, 123.456)));
  }

  private record Point(int x, String y) {}

  @Test
  void aRecordThatCanCarryNoHandlesCostsNothingMore() {
    var point = new Point(1, "y");
    assertEquals(0, bytes(c -> c.call(Counter::ofRecord, point)));
    assertEquals(0, bytes(c -> c.call(Counter::ofRecordAndString, point, "a")));
  }

  @Test
  void queriesAllocateNothing() {
    Ret<String> nop = Ret.nop();
    assertEquals(0, bytes(c -> c.ask(Counter::query0, nop)));
    assertEquals(0, bytes(c -> c.ask(Counter::query1, "a", nop)));
    assertEquals(0, bytes(c -> c.ask(Counter::query2, "a", "b", nop)));
  }

  @Test
  void anAnsweredQueryCostsItsRetOnly() {
    Consumer<@Nullable String> action = answer -> sum++;
    long made = bytes(c -> loop.<String>ret(action).close());
    assertTrue(made > 0);
    assertEquals(made, bytes(c -> c.ask(Counter::query0, loop.ret(action))));
    assertEquals(made, bytes(c -> c.ask(Counter::query1, "a", loop.ret(action))));
    assertEquals(made, bytes(c -> c.ask(Counter::query2, "a", "b", loop.ret(action))));
    assertEquals(made, bytes(c -> c.call(Counter::ret, loop.<String>ret(action))));
  }

  private static final class Idle {
    private final int field;

    Idle(Cx<Idle> cx) {
      field = (int) cx.now();
    }

    int field() {
      return field;
    }
  }

  /** With compact object headers, under which all tests run; the host owns the actors. */
  @Test
  void anIdleActorOfOneFieldTakes64Bytes() {
    assertEquals(64 * CALLS, bytes(c -> loop.actor(Idle::new, Ret.nop())));
    ActorOwn<Idle> idle = loop.actor(Idle::new, Ret.nop());
    loop.run(loop.now() + 1, false);
    assertEquals((int) loop.now(), loop.query(idle, Idle::field));
  }

  @Test
  void hostCodeOnTheLazyQueueAllocatesNothing() {
    Runnable code = () -> sum++;
    assertEquals(0, bytes(c -> loop.lazy(code)));
  }

  @Test
  void behavioursOnTheOtherQueuesAllocateNothing() {
    assertEquals(0, bytes(c -> loop.lazy(c.actor(), Counter::of0)));
    assertEquals(0, bytes(c -> loop.lazy(c.actor(), Counter::of1, "a")));
    assertEquals(0, bytes(c -> loop.lazy(c.actor(), Counter::of2, "a", "b")));
  }

  @Test
  void timersAllocateNothing() {
    Runnable code = () -> sum++;
    var delay = Duration.ofNanos(500);
    assertEquals(0, bytes(c -> loop.after(Duration.ZERO, code)));
    assertEquals(0, bytes(c -> loop.cancel(loop.after(delay, code))));
    assertEquals(0, bytes(c -> loop.after(Duration.ZERO, c.actor(), Counter::of0)));
    assertEquals(0, bytes(c -> loop.after(Duration.ZERO, c.actor(), Counter::of2, "a", "b")));
  }
}
