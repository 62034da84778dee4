package lemnos.lab.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import java.util.concurrent.atomic.AtomicInteger;
import lemnos.core.Loop;
import lemnos.core.Waker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** No wake-up and no close is lost, and a run of the handler that follows sees what came before. */
public final class WakerStress {
  private WakerStress() {}

  /** A loop with a waker, and what its handler was told and saw. */
  private static final class Woken implements Waker.Handler {
    private static final Rig<Woken> RIG = new Rig<>(Woken::new);

    final Loop loop = new Loop(0);
    final Waker waker = loop.waker(this);
    final AtomicInteger hostWakes = new AtomicInteger();

    // Plain: it is the waker that publishes them.
    int a;
    int b;

    int calls;
    int ends;
    int late;
    int seen;

    private Woken() {
      loop.onWake(hostWakes::incrementAndGet);
      loop.detach();
    }

    @Override
    public void woken(boolean closed) {
      late += ends;
      seen = a + b;
      if (closed) {
        ends++;
      } else {
        calls++;
      }
    }

    void report(IIII_Result r) {
      r.r1 = calls;
      r.r2 = ends;
      r.r3 = late;
      r.r4 = seen;
    }
  }

  /** A thread wakes twice while the loop runs. */
  @JCStressTest
  @Outcome(id = "[12], 3", expect = ACCEPTABLE, desc = "the last run sees all")
  @State
  public static class WakeAndRun {
    private final Woken w = Woken.RIG.take();

    /** The thread. */
    @Actor
    public void thread() {
      w.a = 1;
      w.waker.wake();
      w.b = 2;
      w.waker.wake();
    }

    /** The loop meanwhile. */
    @Actor
    public void loop() {
      Rig.run(w.loop);
    }

    /** The loop afterwards. */
    @Arbiter
    public void check(II_Result r) {
      Rig.run(w.loop);
      r.r1 = w.calls;
      r.r2 = w.seen;
    }
  }

  /** Two threads wake; the loop runs afterwards. */
  @JCStressTest
  @Outcome(id = "1, 3, 1", expect = ACCEPTABLE, desc = "one run, one wake-up of the host")
  @State
  public static class WakeAndWake {
    private final Woken w = Woken.RIG.take();

    /** A thread. */
    @Actor
    public void first() {
      w.a = 1;
      w.waker.wake();
    }

    /** Another. */
    @Actor
    public void second() {
      w.b = 2;
      w.waker.wake();
    }

    /** The loop afterwards. */
    @Arbiter
    public void check(III_Result r) {
      Rig.run(w.loop);
      r.r1 = w.calls;
      r.r2 = w.seen;
      r.r3 = w.hostWakes.get();
    }
  }

  /** A thread wakes and closes while the loop runs. */
  @JCStressTest
  @Outcome(id = "[01], 1, 0, 3", expect = ACCEPTABLE, desc = "the close is told once, and last")
  @State
  public static class CloseAndRun {
    private final Woken w = Woken.RIG.take();

    /** The thread. */
    @Actor
    public void thread() {
      w.a = 1;
      w.waker.wake();
      w.b = 2;
      w.waker.close();
    }

    /** The loop meanwhile. */
    @Actor
    public void loop() {
      Rig.run(w.loop);
    }

    /** The loop afterwards. */
    @Arbiter
    public void check(IIII_Result r) {
      Rig.run(w.loop);
      w.report(r);
    }
  }

  /** Two threads wake and close; the loop runs afterwards, and again. */
  @JCStressTest
  @Outcome(id = "0, 1, 0, 3", expect = ACCEPTABLE, desc = "the close is told once")
  @State
  public static class CloseAndClose {
    private final Woken w = Woken.RIG.take();

    /** A thread. */
    @Actor
    public void first() {
      w.a = 1;
      w.waker.wake();
      w.waker.close();
    }

    /** Another. */
    @Actor
    public void second() {
      w.b = 2;
      w.waker.close();
      w.waker.wake();
    }

    /** The loop afterwards. */
    @Arbiter
    public void check(IIII_Result r) {
      Rig.run(w.loop);
      Rig.run(w.loop);
      w.report(r);
    }
  }
}
