package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Handles of all kinds, bare and in records, sent through all queues of two loops to actors in all
 * states, that use, keep, forward, forget them, fail or stop. At the end every handle has ended
 * exactly once.
 */
final class CargoFuzzTest {
  private static final int STEPS = 20_000;
  private static final int MAX_ACTORS = 30;

  private record Box(Object inside) {}

  private record Pair(Ret<Object> ret, Object other) {}

  private record Deep(int n, Box box, @Nullable Pair pair) {}

  private record Plain(int n, String s) {}

  private final List<Integer> ends = new ArrayList<>();
  private final List<Worker> ready = new ArrayList<>();
  private Random random = new Random(0);

  /** A value whose closing is counted. */
  private record Counted(Runnable end) implements AutoCloseable {
    @Override
    public void close() {
      end.run();
    }
  }

  /** Does with what it gets whatever comes to mind. */
  private final class Worker {
    private final Cx<Worker> cx;

    Worker(Cx<Worker> cx) {
      this.cx = cx;
      ready.add(this);
      if (random.nextInt(4) == 0) {
        cx.limit(1 + random.nextInt(3));
      }
    }

    void take(@Nullable Object message) {
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> send(cx, message);
        case 3, 4 -> handles(message).forEach(cx::hold);
        case 5, 6 -> handles(message).forEach(this::use);
        case 7 -> handles(message).forEach(Handle::close);
        case 8 -> send(cx, new Box(message == null ? "" : message));
        case 9 -> send(cx, message(cx, 2));
        case 10 -> rarely(message);
        default -> {}
      }
    }

    void takeTwo(@Nullable Object a, @Nullable Object b) {
      take(a);
      take(b);
    }

    @Nullable Object echo(@Nullable Object message) {
      return random.nextBoolean() ? message : null;
    }

    @SuppressWarnings("unchecked")
    private void use(Handle handle) {
      if (handle instanceof Ret<?> ret) {
        ((Ret<Object>) ret).ret(random.nextBoolean() ? message(cx, 2) : "answer");
      } else {
        handle.close();
      }
    }

    private void rarely(@Nullable Object message) {
      if (random.nextInt(10) == 0) {
        ready.remove(this);
        handles(message).stream().limit(1).forEach(cx::hold);
        if (random.nextBoolean()) {
          throw new ActorFailure("fuzz");
        }
        cx.stop();
      }
    }
  }

  private static List<Handle> handles(@Nullable Object message) {
    return switch (message) {
      case Handle h -> List.of(h);
      case Record r when Cargo.in(r) instanceof List<Handle> found -> found;
      case null, default -> List.of();
    };
  }

  private int newId() {
    ends.add(0);
    return ends.size() - 1;
  }

  private void end(int id) {
    ends.set(id, ends.get(id) + 1);
  }

  private Ret<Object> newRet(Core core) {
    int id = newId();
    if (random.nextInt(3) == 0 && !ready.isEmpty()) {
      Worker to = ready.get(random.nextInt(ready.size()));
      if (to.cx.loop() == core.loop()) {
        // The answer is forwarded, and counted when the call that brings it owns no handle more.
        return core.ret(
            answer -> {
              end(id);
              to.cx.self().call(Worker::take, handles(answer).isEmpty() ? answer : "had handles");
            });
      }
    }
    return core.ret(answer -> end(id));
  }

  private Object message(Core core, int depth) {
    return switch (random.nextInt(depth > 0 ? 8 : 4)) {
      case 0 -> new Plain(1, "x");
      case 1, 2 -> newRet(core);
      case 3 -> newShare(core);
      case 4 -> new Box(message(core, depth - 1));
      case 5 -> new Pair(newRet(core), message(core, depth - 1));
      case 6 -> new Deep(1, new Box(message(core, depth - 1)), null);
      default -> new Deep(2, new Box("x"), new Pair(newRet(core), message(core, depth - 1)));
    };
  }

  private Handle newShare(Core core) {
    int id = newId();
    return Share.owned(core, new Counted(() -> end(id)));
  }

  /** Sends {@code message} somewhere; what cannot leave its loop stays where it is. */
  private void send(Core from, @Nullable Object message) {
    if (ready.isEmpty()) {
      return;
    }
    Worker worker = ready.get(random.nextInt(ready.size()));
    Actor<Worker> to = worker.cx.self();
    if (worker.cx.loop() != from.loop()) {
      try {
        to.call(Worker::take, message);
      } catch (IllegalArgumentException e) {
        // a ShareOwn is in it: nothing has moved
      }
      return;
    }
    switch (random.nextInt(10)) {
      case 0 -> from.lazy(to, Worker::take, message);
      case 1 -> from.idle(to, Worker::take, message);
      case 2 -> from.at(from.now() + random.nextInt(50), to, Worker::take, message);
      case 3 -> {
        long key = from.at(from.now() + 5, to, Worker::take, message);
        from.cancel(key);
      }
      case 4 -> to.<@Nullable Object>fwd(Worker::take).fwd(message);
      case 5 -> to.<Object>ret(Worker::take).ret(message);
      case 6 -> to.<@Nullable Object, Object>ret(Worker::takeTwo, message).close();
      case 7 -> to.ask(Worker::echo, message, to.<Object>ret(Worker::take));
      case 8 -> to.call(Worker::takeTwo, message, message(from, 1));
      default -> to.call(Worker::take, message);
    }
  }

  private void newActor(Core core) {
    if (core.loop().actorCount() >= MAX_ACTORS) {
      return;
    }
    int id = newId();
    Ret<StopCause> notify = core.ret(cause -> end(id));
    switch (random.nextInt(3)) {
      case 0 -> {
        ActorOwn<Worker> own = core.actor(notify); // stays in Prep for a while, or for ever
        own.call(Worker::take, message(core, 2));
        core.at(core.now() + 30, own.actor(), Worker::take, message(core, 2));
        if (random.nextBoolean()) {
          own.init(Worker::new);
        }
      }
      case 1 -> {
        Object first = message(core, 2);
        ActorOwn<Worker> own = core.actor((cx, a) -> started(cx, a), first, notify);
        own.call(Worker::take, message(core, 2));
      }
      default -> core.actor(Worker::new, notify).call(Worker::take, message(core, 1));
    }
  }

  private Worker started(Cx<Worker> cx, @Nullable Object first) {
    var worker = new Worker(cx);
    handles(first).forEach(cx::hold);
    return worker;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 20_261_101, 4_711})
  void everyHandleEndsExactlyOnce(long seed) {
    System.out.println("CargoFuzzTest seed " + seed);
    random = new Random(seed);
    var loops = new Loop[] {new Loop(0), new Loop(0)};
    for (Loop loop : loops) {
      loop.onUncaught((where, t) -> {});
    }
    for (int step = 0; step < STEPS; step++) {
      Loop loop = loops[random.nextInt(2)];
      switch (random.nextInt(8)) {
        case 0 -> newActor(loop);
        case 1, 2, 3, 4 -> send(loop, message(loop, 3));
        default -> loop.run(loop.now() + random.nextInt(5), random.nextBoolean(), 200);
      }
    }
    for (int i = 0; i < 50; i++) {
      for (Loop loop : loops) {
        loop.run(loop.now() + 10, true, 1000);
      }
    }
    for (Loop loop : loops) {
      loop.close();
    }
    var wrong = new ArrayList<String>();
    for (int id = 0; id < ends.size(); id++) {
      if (ends.get(id) != 1) {
        wrong.add(id + ": " + ends.get(id));
      }
    }
    assertEquals(List.of(), wrong, "of " + ends.size() + " handles, seed " + seed);
  }
}
