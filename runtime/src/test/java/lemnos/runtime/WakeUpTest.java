package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import lemnos.core.Loop;
import lemnos.core.Poller;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How often a worker's poller is told to wake up: each time is a system call, so none in vain. */
@Timeout(300)
final class WakeUpTest {
  private static final int MESSAGES = 1_000;

  /** Once it is made so it sleeps until the test lets it go, whatever it is told. */
  private static final class SoundPoller implements Poller {
    final AtomicInteger wakeups = new AtomicInteger();
    final Semaphore asleep = new Semaphore(0);
    final CountDownLatch end = new CountDownLatch(1);
    volatile boolean isSound;
    private final Poller parking = Poller.parking();

    @Override
    public boolean poll(long maxNanos) {
      if (!isSound || maxNanos == 0 || end.getCount() == 0) {
        return parking.poll(maxNanos);
      }
      asleep.release();
      try {
        end.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return false;
    }

    @Override
    public void wakeup() {
      wakeups.incrementAndGet();
      parking.wakeup();
    }

    @Override
    public void close() {
      parking.close();
    }
  }

  private final SoundPoller poller = new SoundPoller();
  private final CountDownLatch received = new CountDownLatch(5);

  private void receiveOne(Context<Integer> ctx) {
    ctx.receiveNext();
    received.countDown();
  }

  /** Everything that another thread can want of a worker. */
  private void tellAll(RuntimeRef worker, ActorRef<Integer> local, ActorRef<Integer> shared) {
    worker.loop().execute(received::countDown);
    worker.runtime().runOnWorkers(_ -> received.countDown());
    local.trySend(1);
    local.trySend(2);
    shared.trySend(1);
    Run.<Void>spawnShared(worker.runtime(), _ -> received.countDown());
  }

  @Test
  void whoeverWantsSomethingOfASleepingWorkerOneOfThemWakesIt() throws Exception {
    var spawned = new CompletableFuture<Runnable>();
    try (Runtime runtime = Run.setup(1).poller(() -> poller).build()) {
      runtime.runOnWorkers(
          ref -> {
            ActorRef<Integer> local = Run.spawn(ref, this::receiveOne);
            ActorRef<Integer> shared = Run.spawnShared(runtime, this::receiveOne);
            spawned.complete(() -> tellAll(ref, local, shared));
            poller.isSound = true;
          });
      poller.asleep.acquire();
      int before = poller.wakeups.get();
      spawned.join().run();
      assertEquals(1, poller.wakeups.get() - before);
      poller.end.countDown();
      Run.await(received);
      runtime.start();
    }
  }

  @Test
  void aWorkerThatIsAwakeIsNotWoken() throws Exception {
    var spawned = new CompletableFuture<Runnable>();
    var busy = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    try (Runtime runtime = Run.setup(1).poller(() -> poller).build();
        Run.Release _ = end::countDown) {
      runtime.runOnWorkers(
          ref -> {
            ActorRef<Integer> local = Run.spawn(ref, this::receiveOne);
            ActorRef<Integer> shared = Run.spawnShared(runtime, this::receiveOne);
            spawned.complete(() -> tellAll(ref, local, shared));
            Run.<Void>spawn(
                ref,
                _ -> {
                  busy.countDown();
                  end.await();
                });
          });
      Run.await(busy);
      int before = poller.wakeups.get();
      spawned.join().run();
      assertEquals(0, poller.wakeups.get() - before);
      end.countDown();
      Run.await(received);
      runtime.start();
    }
  }

  /** It polls in between without waiting, and whoever wants something then pays for nothing. */
  @Test
  void aWorkerWithReadyActorsIsNotAsleepWhileItPolls() throws Exception {
    var polls = new AtomicInteger();
    var woken = new AtomicInteger();
    var isBusy = new AtomicBoolean();
    Supplier<Poller> pollers =
        () -> {
          Worker own = Objects.requireNonNull(Worker.currentOrNull());
          return new WatchedPoller(
              Poller.parking(),
              () -> {
                if (isBusy.get()) {
                  polls.incrementAndGet();
                  woken.addAndGet(own.wake() ? 1 : 0);
                }
              });
        };
    Run.on(
        Run.setup(1).poller(pollers),
        ref ->
            Run.<Void>spawn(
                ref,
                ctx -> {
                  isBusy.set(true);
                  while (polls.get() < 10) {
                    ctx.sleep(Duration.ZERO);
                  }
                  isBusy.set(false);
                }));
    assertEquals(0, woken.get());
  }

  @Test
  void actorsOfOneWorkerThatTalkWakeNobody() throws Exception {
    var woken = new CompletableFuture<Integer>();
    try (Runtime runtime = Run.setup(1).poller(() -> poller).build()) {
      runtime.runOnWorkers(
          ref -> {
            ActorRef<ActorRef<Integer>> pong =
                Run.spawn(
                    ref,
                    ctx -> {
                      for (int i = 0; i < MESSAGES; i++) {
                        ctx.receiveNext().send(i);
                      }
                    });
            Run.<Integer>spawn(
                ref,
                ctx -> {
                  int before = poller.wakeups.get();
                  for (int i = 0; i < MESSAGES; i++) {
                    pong.send(ctx.self());
                    assertEquals(i, ctx.receiveNext());
                  }
                  woken.complete(poller.wakeups.get() - before);
                });
          });
      assertEquals(0, woken.get());
      runtime.start();
    }
  }

  /** It runs the one that it makes ready itself, when it is done. */
  @Test
  void whoeverMakesOneSharedActorReadyWakesNoOtherWorkerForIt() throws Exception {
    var pollers = new ConcurrentHashMap<Worker, WatchedPoller>();
    var made = new CountDownLatch(2);
    Supplier<Poller> supplier =
        () -> {
          var watched = new WatchedPoller();
          pollers.put(Objects.requireNonNull(Worker.currentOrNull()), watched);
          made.countDown();
          return watched;
        };
    try (Runtime runtime = Run.setup(2).poller(supplier).build()) {
      Run.await(made);
      var workers = List.copyOf(pollers.keySet());
      AtomicInteger wakeups = Objects.requireNonNull(pollers.get(workers.getLast())).wakeups;
      var woken = new CompletableFuture<Integer>();
      workers
          .getFirst()
          .loop()
          .execute(
              () -> {
                Run.awaitAsleep(workers.getLast());
                int before = wakeups.get();
                Run.<Void>spawnShared(runtime, _ -> woken.complete(wakeups.get() - before));
              });
      assertEquals(0, woken.get());
    }
  }

  /** Tells how long a worker means to sleep, which then lasts until it is woken. */
  private record TellingPoller(Poller parking, BlockingQueue<Long> sleeps) implements Poller {
    @Override
    public boolean poll(long maxNanos) {
      if (maxNanos == 0) {
        return parking.poll(0);
      }
      sleeps.add(maxNanos);
      return parking.poll(Long.MAX_VALUE);
    }

    @Override
    public void wakeup() {
      parking.wakeup();
    }

    @Override
    public void close() {
      parking.close();
    }
  }

  /** A worker of which is known how long it sleeps next when it has been woken. */
  private record Sleeper(Loop loop, BlockingQueue<Long> sleeps) {
    long sleepsNext() throws InterruptedException {
      sleeps.clear();
      loop.execute(() -> {});
      return Objects.requireNonNull(sleeps.poll(60, TimeUnit.SECONDS));
    }
  }

  /** The others would not wake for an alarm before they are late, if it were still the one. */
  @Test
  void whoIsBusyWatchesNoAlarm() throws Exception {
    long alarm = 1_000_000_000;
    var queues = new ConcurrentHashMap<Thread, BlockingQueue<Long>>();
    List<Sleeper> workers = new CopyOnWriteArrayList<>();
    var end = new CountDownLatch(1);
    var told = new CountDownLatch(2);
    try (Runtime runtime =
            Run.setup(2)
                .world(new ManualWorld())
                .poller(
                    () -> {
                      var sleeps = new LinkedBlockingQueue<Long>();
                      queues.put(Thread.currentThread(), sleeps);
                      return new TellingPoller(Poller.parking(), sleeps);
                    })
                .build();
        Run.Release _ = end::countDown) {
      runtime.runOnWorkers(
          ref -> {
            var sleeps = Objects.requireNonNull(queues.get(Thread.currentThread()));
            workers.add(new Sleeper(ref.loop(), sleeps));
            told.countDown();
          });
      Run.await(told);
      Run.<Void>spawnShared(runtime, ctx -> ctx.sleep(Duration.ofNanos(alarm)));
      boolean isKeeper = false;
      while (!isKeeper) {
        isKeeper = workers.getFirst().sleepsNext() == alarm;
        boolean isOther = workers.getLast().sleepsNext() == alarm;
        if (isOther) {
          workers.add(workers.removeFirst());
          isKeeper = true;
        }
      }
      assertEquals(alarm + SharedScheduler.SLACK_NANOS, workers.getLast().sleepsNext());
      var busy = new CountDownLatch(1);
      workers
          .getFirst()
          .loop()
          .execute(
              () -> {
                busy.countDown();
                awaitQuietly(end);
              });
      Run.await(busy);
      assertEquals(alarm, workers.getLast().sleepsNext());
      end.countDown();
      runtime.stop();
    }
  }

  /** Tells whose it is whenever that goes to sleep, and sleeps until it is woken, no less. */
  private record NamedPoller(Semaphore wakeups, Worker worker, BlockingQueue<Worker> asleep)
      implements Poller {
    @Override
    public boolean poll(long maxNanos) {
      if (maxNanos > 0) {
        asleep.add(worker);
        wakeups.acquireUninterruptibly();
      }
      return false;
    }

    @Override
    public void wakeup() {
      wakeups.release();
    }

    @Override
    public void close() {}
  }

  @Test
  void asManyAsAreWantedAreWokenAndEachInTurn() throws Exception {
    var asleep = new LinkedBlockingQueue<Worker>();
    try (Runtime _ =
        Run.setup(3)
            .poller(
                () -> {
                  Worker own = Objects.requireNonNull(Worker.currentOrNull());
                  return new NamedPoller(new Semaphore(0), own, asleep);
                })
            .build()) {
      SharedScheduler shared = take(asleep, 3).getFirst().shared();
      var woken = new ArrayList<Worker>();
      for (int i = 0; i < 3; i++) {
        assertEquals(1, shared.wakePolling(1));
        woken.addAll(take(asleep, 1));
      }
      assertEquals(3, Set.copyOf(woken).size());
      assertEquals(2, shared.wakePolling(2));
      take(asleep, 2);
      assertEquals(3, shared.wakePolling(4));
      take(asleep, 3);
      assertEquals(List.of(), List.copyOf(asleep));
    }
  }

  private static List<Worker> take(BlockingQueue<Worker> from, int number)
      throws InterruptedException {
    var taken = new ArrayList<Worker>();
    for (int i = 0; i < number; i++) {
      taken.add(Objects.requireNonNull(from.poll(60, TimeUnit.SECONDS)));
    }
    return taken;
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      Run.await(latch);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
