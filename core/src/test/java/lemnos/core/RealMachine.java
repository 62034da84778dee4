package lemnos.core;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The machine that is tested: a {@link Loop}. */
final class RealMachine extends Machine {
  private final Loop loop = new Loop(0);
  private final List<Actor<Scripted>> handles = new ArrayList<>();

  /** The contexts of those that have begun to be made. */
  private final List<@Nullable Cx<Scripted>> contexts = new ArrayList<>();

  /** The host's owners: null for actors that others own. */
  private final List<@Nullable ActorOwn<Scripted>> owners = new ArrayList<>();

  private final List<Ret<Long>> answers = new ArrayList<>();

  /** A message that carries a Ret inside a record. */
  private record Letter(Ret<Long> handle, int ret, long script) {}

  /** An actor that does what scripts say. */
  private record Scripted(RealMachine machine, int number) implements AutoCloseable {
    static @Nullable Scripted make(Cx<Scripted> cx, RealMachine machine, int number, long script) {
      machine.contexts.set(number, cx);
      machine.perform(number, NOBODY, script);
      maybeThrow(script);
      return leavesUnready(script) ? null : new Scripted(machine, number);
    }

    private static void maybeThrow(long script) {
      if (throwsAfter(script)) {
        throw new UnsupportedOperationException("as the script says");
      }
    }

    void run(long script) {
      runWith(NOBODY, script);
    }

    private void runWith(int ret, long script) {
      machine.perform(number, ret, script);
      maybeThrow(script);
    }

    void boxed(Long script) {
      run(script);
    }

    void two(String a, Long script) {
      run(script);
    }

    void three(Long script, @Nullable String a, String b) {
      run(script);
    }

    void four(String a, String b, String c, Long script) {
      run(script);
    }

    void letter(Letter letter) {
      runWith(letter.ret, letter.script);
    }

    void withRet(Ret<Long> handle, Letter letter) {
      letter(letter);
    }

    @Nullable Long answer(Long script) {
      run(script);
      return answerOf(script) == 0 ? null : answerOf(script);
    }

    void heard(Integer ret, @Nullable Long message) {
      machine.note("heard " + ret, number, message == null ? 0 : message);
    }

    @Override
    public void close() {
      machine.note("closes", number, 0);
    }
  }

  RealMachine() {
    loop.onUncaught((where, t) -> {}); // a script that throws after it has ended its actor
  }

  @Override
  long now() {
    return loop.now();
  }

  @Override
  void callHost(Queue queue, long delay, long script) {
    Runnable code = () -> perform(NOBODY, NOBODY, script);
    switch (queue) {
      case MAIN -> loop.execute(code);
      case LAZY -> loop.lazy(code);
      case IDLE -> loop.idle(code);
      case TIMER -> loop.at(now() + delay, code);
    }
  }

  @Override
  void call(Queue queue, int actor, int ret, long delay, long script) {
    Actor<Scripted> to = handles.get(actor);
    if (ret != NOBODY) {
      callWithRet(queue, to, ret, delay, script);
      return;
    }
    int shape = choice(script, 2, 6);
    switch (queue) {
      case MAIN -> callMain(to, shape, script);
      case TIMER -> arm(to, now() + delay, shape, script);
      case LAZY -> {
        switch (shape) {
          case 0, 1 -> loop.lazy(to, s -> s.run(script));
          case 2, 3 -> loop.lazy(to, Scripted::boxed, script);
          default -> loop.lazy(to, Scripted::two, "a", script);
        }
      }
      case IDLE -> {
        switch (shape) {
          case 0, 1 -> loop.idle(to, s -> s.run(script));
          case 2, 3 -> loop.idle(to, Scripted::boxed, script);
          default -> loop.idle(to, Scripted::two, "a", script);
        }
      }
    }
  }

  private static void callMain(Actor<Scripted> to, int shape, long script) {
    switch (shape) {
      case 0 -> to.call(Scripted::run, script);
      case 1 -> to.call(s -> s.run(script));
      case 2 -> to.call(Scripted::boxed, Long.valueOf(script));
      case 3 -> to.call(Scripted::two, "a", script);
      case 4 -> to.call(Scripted::three, script, null, "b");
      default -> to.call(Scripted::four, "a", "b", "c", script);
    }
  }

  private void arm(Actor<Scripted> to, long at, int shape, long script) {
    switch (shape) {
      case 0, 1 -> loop.at(at, to, s -> s.run(script));
      case 2 -> loop.at(at, to, Scripted::boxed, script);
      case 3 -> loop.at(at, to, Scripted::two, "a", script);
      case 4 -> loop.at(at, to, Scripted::three, script, null, "b");
      default -> loop.at(at, to, Scripted::four, "a", "b", "c", script);
    }
  }

  private void callWithRet(Queue queue, Actor<Scripted> to, int ret, long delay, long script) {
    Ret<Long> handle = answers.get(ret);
    boolean inRecord = choice(script, 2, 2) == 0;
    var letter = new Letter(inRecord ? handle : Ret.nop(), ret, script);
    switch (queue) {
      case MAIN -> {
        if (inRecord) {
          to.call(Scripted::letter, letter);
        } else {
          to.call(Scripted::withRet, handle, letter);
        }
      }
      case LAZY -> {
        if (inRecord) {
          loop.lazy(to, Scripted::letter, letter);
        } else {
          loop.lazy(to, Scripted::withRet, handle, letter);
        }
      }
      case IDLE -> {
        if (inRecord) {
          loop.idle(to, Scripted::letter, letter);
        } else {
          loop.idle(to, Scripted::withRet, handle, letter);
        }
      }
      case TIMER -> {
        if (inRecord) {
          loop.at(now() + delay, to, Scripted::letter, letter);
        } else {
          loop.at(now() + delay, to, Scripted::withRet, handle, letter);
        }
      }
    }
  }

  @Override
  void ask(int actor, int to, long script) {
    handles.get(actor).ask(Scripted::answer, script, answers.get(makeRet(to)));
  }

  @Override
  int makeRet(int to) {
    int ret = rets++;
    boolean someOnly = someOnly(ret);
    if (to != NOBODY) {
      Actor<Scripted> listener = handles.get(to);
      answers.add(
          someOnly ? listener.retSome(Scripted::heard, ret) : listener.ret(Scripted::heard, ret));
    } else {
      answers.add(
          loop.ret(
              message -> {
                if (message != null || !someOnly) {
                  note("told", ret, message == null ? 0 : message);
                }
              }));
    }
    return ret;
  }

  @Override
  void answer(int ret, long message) {
    answers.get(ret).ret(message);
  }

  @Override
  void hold(int self, int ret) {
    context(self).hold(answers.get(ret));
  }

  private Cx<Scripted> context(int actor) {
    Cx<Scripted> cx = contexts.get(actor);
    if (cx == null) {
      throw new AssertionError("actor " + actor + " has done nothing yet");
    }
    return cx;
  }

  @Override
  int create(int parent, boolean held, long script) {
    int actor = actors++;
    contexts.add(null);
    Ret<StopCause> notify = loop.ret(cause -> note("ended", actor, number(cause)));
    if (parent == NOBODY) {
      ActorOwn<Scripted> own = loop.actor(Scripted::make, this, actor, script, notify);
      owners.add(own);
      handles.add(own.actor());
    } else {
      Cx<Scripted> cx = context(parent);
      owners.add(null);
      handles.add(
          held
              ? cx.child(Scripted::make, this, actor, script, notify)
              : cx.actor(Scripted::make, this, actor, script, notify).actor());
    }
    return actor;
  }

  private static int number(@Nullable StopCause cause) {
    return switch (cause) {
      case StopCause.Stopped() -> Cause.STOPPED.ordinal();
      case StopCause.Failed(Throwable error) -> Cause.FAILED.ordinal();
      case StopCause.Killed(Throwable error) -> Cause.KILLED.ordinal();
      case StopCause.Dropped() -> Cause.DROPPED.ordinal();
      case StopCause.Lost() -> throw new AssertionError(cause);
      case null -> throw new AssertionError("no cause");
    };
  }

  @Override
  void init(int actor, long script) {
    handles.get(actor).init(Scripted::make, this, actor, script);
  }

  @Override
  void end(int self, Cause cause) {
    if (cause == Cause.FAILED) {
      context(self).fail("as the script says");
    } else {
      context(self).stop();
    }
  }

  @Override
  void kill(int actor) {
    ActorOwn<Scripted> own = owners.get(actor);
    if (own != null) {
      own.kill(new ActorFailure("as the script says"));
    }
  }

  @Override
  void drop(int actor) {
    ActorOwn<Scripted> own = owners.get(actor);
    if (own != null) {
      own.close();
      owners.set(actor, null);
    }
  }

  @Override
  boolean run(long now, boolean idle, int budget) {
    return loop.run(now, idle, budget);
  }

  @Override
  long nextExpiry() {
    return loop.nextExpiry();
  }

  @Override
  Load load() {
    return loop.load();
  }

  @Override
  void close() {
    loop.close();
  }
}
