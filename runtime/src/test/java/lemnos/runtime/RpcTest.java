package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests and responses: every requester hears something, whatever becomes of its request. */
@Timeout(300)
final class RpcTest {
  private static final Duration LONG = Duration.ofDays(1);
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualWorld world = new ManualWorld();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  /** A request for a number's double. */
  private record Twice(int n, Reply<Integer> reply) implements Request<Integer> {}

  private static RpcResult<Integer> ask(ActorRef<Twice> server, int n) {
    return server.rpc(reply -> new Twice(n, reply));
  }

  private static final RpcResult<Integer> NO_RESPONSE = new RpcResult.NoResponse<>();

  static Stream<Arguments> kinds() {
    return Stream.of(Kind.values())
        .flatMap(a -> Stream.of(Kind.values()).map(b -> Arguments.of(a, b)));
  }

  /** Runs a server and a client, each of a kind. */
  private void run(Kind servers, Run.Body<Twice> server, Kind clients, Client client)
      throws RuntimeFailure {
    Run.on(
        1,
        ref -> {
          ActorRef<Twice> to = servers.spawn(ref, server);
          clients.<Void>spawn(ref, ctx -> client.run(ctx, to));
        });
  }

  private interface Client {
    void run(Context<Void> ctx, ActorRef<Twice> server) throws Exception;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aResponseComesBackAndAForgottenOneIsReported(Kind servers, Kind clients)
      throws RuntimeFailure {
    run(
        servers,
        ctx -> {
          for (int i = 0; i < 200; i++) {
            Twice request = ctx.receiveNext();
            assertTrue(request.reply().isConnected());
            assertTrue(i % 2 == 0 || request.reply().respond(2 * request.n()));
            assertEquals(i % 2 == 0, request.reply().isConnected());
            assertFalse(i % 2 == 1 && request.reply().respond(-1), "once only");
          }
        },
        clients,
        (_, server) -> {
          for (int i = 0; i < 200; i++) {
            RpcResult<Integer> result = ask(server, i);
            assertEquals(i % 2 == 0 ? NO_RESPONSE : new RpcResult.Response<>(2 * i), result);
          }
          log.add("done");
        });
    assertEquals(List.of("done"), log);
  }

  @Test
  void aThreadCanAskToo() throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      ActorRef<Twice> server =
          Run.spawnShared(
              runtime,
              ctx -> {
                for (int i = 0; i < 1000; i++) {
                  Twice request = ctx.receiveNext();
                  request.reply().respondWith(() -> 2 * request.n());
                }
              });
      for (int i = 0; i < 1000; i++) {
        assertEquals(2 * i, ask(server, i).orNull());
      }
      server.join();
      assertEquals(new RpcResult.NotSent<Integer>(), ask(server, 1));
      assertNull(ask(server, 1).orNull());
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoHoldsAReplyMayAnswerLater(Kind servers) throws RuntimeFailure {
    Run.on(
        1,
        ref -> {
          ActorRef<Twice> server =
              servers.spawn(
                  ref,
                  ctx -> {
                    var held = new ArrayList<Twice>();
                    for (int i = 0; i < 3; i++) {
                      held.add(ctx.receiveNext());
                      held.getLast().reply().hold();
                    }
                    held.reversed().forEach(r -> r.reply().respond(2 * r.n()));
                  });
          for (int i = 0; i < 3; i++) {
            int n = i;
            Run.<Void>spawn(ref, _ -> log.add(n + ": " + ask(server, n).orNull()));
          }
        });
    assertEquals(List.of("0: 0", "1: 2", "2: 4"), log.stream().sorted().toList());
  }

  @ParameterizedTest
  @EnumSource
  void requestsMayBePassedOnToAnotherActor(Kind servers) throws RuntimeFailure {
    Run.on(
        1,
        ref -> {
          ActorRef<Twice> worker =
              servers.spawn(
                  ref,
                  ctx -> {
                    for (int i = 0; i < 10; i++) {
                      Twice request = ctx.receiveNext();
                      if (i != 5) {
                        request.reply().respond(2 * request.n());
                      }
                    }
                  });
          ActorRef<Twice> front =
              servers.spawn(
                  ref,
                  ctx -> {
                    for (int i = 0; i < 11; i++) {
                      worker.send(ctx.receiveNext());
                    }
                  });
          Run.<Void>spawn(
              ref,
              _ -> {
                for (int i = 0; i < 11; i++) {
                  log.add(i + ": " + ask(front, i).orNull());
                }
              });
        });
    assertEquals(
        List.of(
            "0: 0",
            "1: 2",
            "2: 4",
            "3: 6",
            "4: 8",
            "5: null",
            "6: 12",
            "7: 14",
            "8: 16",
            "9: 18",
            "10: null"),
        log);
  }

  @ParameterizedTest
  @EnumSource
  void theEndOfAnActorIsAnAnswerToAllItsRequests(Kind servers) throws RuntimeFailure {
    Run.on(
        1,
        ref -> {
          ActorRef<Twice> server =
              servers.spawn(
                  ref,
                  ctx -> {
                    ctx.receiveNext().reply().hold();
                    ctx.receiveNext();
                    while (log.size() < 3) {
                      log.add("waits");
                      ctx.sleep(Duration.ofMillis(1));
                    }
                  });
          for (int i = 0; i < 5; i++) { // one is held, one being handled, three wait
            int n = i;
            Run.<Void>spawn(ref, _ -> assertEquals(NO_RESPONSE, ask(server, n)));
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aRestartAnswersWhatWasReceivedAndKeepsWhatWaits(Kind servers) throws RuntimeFailure {
    var runs = new AtomicInteger();
    Run.on(
        1,
        ref -> {
          ActorRef<Twice> server =
              servers.spawn(
                  ref,
                  _ -> new Supervisor.Decision.Restart<>(0),
                  ActorOptions.standard(),
                  ctx -> {
                    if (runs.incrementAndGet() == 1) {
                      ctx.receiveNext().reply().hold();
                      ctx.receiveNext();
                      throw new IllegalStateException("on purpose");
                    }
                    Twice request = ctx.receiveNext();
                    request.reply().respond(2 * request.n());
                  });
          for (int i = 0; i < 3; i++) {
            int n = i;
            Run.<Void>spawn(ref, _ -> log.add(n + ": " + ask(server, n)));
          }
        });
    assertEquals(1, log.stream().filter(s -> s.contains("Response[response=")).count());
    assertEquals(2, log.stream().filter(s -> s.contains("NoResponse")).count());
  }

  /** Time may end while the request waits for room, lies in the inbox, or is being handled. */
  @Test
  void aRequestMayHaveADeadline() throws RuntimeFailure {
    Run.on(
        Run.setup(1).world(world).poller(world::poller),
        ref -> {
          ActorRef<Twice> server =
              Run.spawn(
                  ref,
                  Run.inboxOf(1),
                  ctx -> {
                    ctx.sleep(SECOND.multipliedBy(10));
                    Twice late = ctx.receiveNext();
                    assertFalse(late.reply().isConnected());
                    assertFalse(late.reply().respondWith(() -> fail("nobody wants to know")));
                    assertFalse(late.reply().respond(7));
                    Twice request = ctx.receiveNext();
                    ctx.sleep(SECOND.dividedBy(2));
                    request.reply().respond(2 * request.n());
                  });
          Run.<Void>spawn(
              ref,
              ctx -> {
                for (int i = 0; i < 3; i++) { // there is room for the first of them
                  log.add(server.<Integer>rpc(reply -> new Twice(1, reply), SECOND) + at());
                }
                ctx.sleep(SECOND.multipliedBy(8));
                log.add(server.<Integer>rpc(reply -> new Twice(3, reply), SECOND) + at());
              });
        });
    assertEquals(
        List.of(
            "TimedOut[] at PT1S",
            "TimedOut[] at PT2S",
            "TimedOut[] at PT3S",
            "Response[response=6] at PT11.5S"),
        log);
  }

  private String at() {
    return " at " + Duration.ofNanos(world.nanoTime());
  }

  private static int fail(String why) {
    throw new AssertionError(why);
  }

  @Test
  void aThreadsPatienceEndsToo() throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      ActorRef<Twice> server =
          Run.spawnShared(runtime, Supervisor.stopping(), Run.inboxOf(1), ctx -> ctx.sleep(LONG));
      for (int i = 0; i < 2; i++) {
        assertEquals(
            new RpcResult.TimedOut<Integer>(),
            server.<Integer>rpc(reply -> new Twice(1, reply), Duration.ofMillis(1)));
      }
    }
  }

  @Test
  void whoGivesUpWaitingLeavesNobodyWaiting() throws Exception {
    var begun = new CountDownLatch(1);
    var connected = new CompletableFuture<Boolean>();
    try (Runtime servers = Run.setup(1).build()) {
      ActorRef<Twice> server =
          Run.spawnShared(
              servers,
              ctx -> {
                Twice request = ctx.receiveNext();
                begun.countDown();
                while (request.reply().isConnected()) {
                  ctx.sleep(Duration.ofMillis(1));
                }
                connected.complete(request.reply().respond(1));
              });
      try (Runtime clients = Run.setup(1).build()) {
        Run.<Void>spawnShared(clients, _ -> ask(server, 1));
        Run.await(begun);
      } // which stops the client
      assertFalse(connected.join());
    }
  }

  @Test
  void nobodyCanAskItselfAndNoBehaviourCanWait() throws RuntimeFailure {
    Run.on(
        1,
        ref -> {
          ActorRef<Twice> actor =
              Run.spawn(
                  ref,
                  ctx -> {
                    var e = assertThrows(IllegalStateException.class, () -> ask(ctx.self(), 1));
                    log.add(String.valueOf(e.getMessage()));
                    while (log.size() < 2) {
                      ctx.sleep(Duration.ofMillis(1));
                    }
                  });
          ref.loop()
              .execute(
                  () -> {
                    var e = assertThrows(IllegalStateException.class, () -> ask(actor, 1));
                    log.add(String.valueOf(e.getMessage()));
                  });
        });
    assertEquals(
        List.of(
            "'actor' is to respond, and a behaviour cannot wait: use trySend, or let an actor do"
                + " it",
            "'actor' is to respond, and an actor cannot wait for itself: use trySend"),
        log.stream().sorted().toList());
  }

  @Test
  void aMappedReferenceCarriesRequestsAndMayRefuseThem() throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      ActorRef<Twice> server =
          Run.spawnShared(
              runtime,
              ctx -> {
                Twice request = ctx.receiveNext();
                request.reply().respond(2 * request.n());
              });
      ActorRef<Twice> even = server.tryMap(t -> Optional.of(t).filter(twice -> twice.n() % 2 == 0));
      assertEquals(
          new RpcResult.NotSent<Integer>(), even.<Integer>rpc(reply -> new Twice(3, reply)));
      assertEquals(new RpcResult.Response<>(8), even.<Integer>rpc(reply -> new Twice(4, reply)));
    }
  }

  @Test
  void aRequestThatWaitsForRoomIsMappedOnceAllTheSame() throws RuntimeFailure {
    Run.on(
        Run.setup(1).world(world).poller(world::poller),
        ref -> {
          ActorRef<Twice> server =
              Run.spawn(
                  ref,
                  Run.inboxOf(1),
                  ctx -> {
                    for (int i = 0; i < 3; i++) {
                      ctx.sleep(SECOND);
                      Twice request = ctx.receiveNext();
                      request.reply().respond(2 * request.n());
                    }
                  });
          ActorRef<Twice> mapped = server.map(this::mapped).map((Twice twice) -> twice);
          Run.<Void>spawn(ref, _ -> log.add("filler: " + ask(server, 1).orNull()));
          Run.<Void>spawn(ref, _ -> log.add("alone: " + ask(mapped, 2).orNull()));
          var group = new ActorGroup<Twice>();
          group.add(mapped);
          Run.<Void>spawn(
              ref,
              _ ->
                  log.add(
                      "group: "
                          + group
                              .rpcAll((Reply<Integer> reply) -> new Twice(3, reply))
                              .getFirst()
                              .orNull()));
        });
    assertEquals(List.of("mapped 2", "mapped 3", "filler: 2", "alone: 4", "group: 6"), log);
  }

  private Twice mapped(Twice twice) {
    log.add("mapped " + twice.n());
    return twice;
  }

  // Groups

  @Test
  void aGroupIsAskedAsAWhole() throws RuntimeFailure {
    Run.on(
        1,
        ref -> {
          var group = new ActorGroup<Twice>();
          for (Kind kind : Kind.values()) {
            group.add(
                kind.spawn(
                    ref,
                    ctx -> {
                      Twice request = ctx.receiveNext();
                      request.reply().respond(kind.ordinal());
                    }));
          }
          group.add(Run.spawn(ref, Context::receiveNext));
          ActorRef<Twice> ended = Run.spawn(ref, _ -> {});
          group.add(ended);
          Run.<Void>spawn(
              ref,
              _ -> {
                ended.join();
                group
                    .rpcAll((Reply<Integer> reply) -> new Twice(1, reply))
                    .forEach(r -> log.add(r.toString()));
                group.joinAll();
                log.add(
                    "all have ended " + group.members().stream().noneMatch(ActorRef::isConnected));
                assertEquals(
                    Collections.nCopies(6, new RpcResult.NotSent<Integer>()),
                    group.rpcAll((Reply<Integer> reply) -> new Twice(1, reply), SECOND));
              });
        });
    assertEquals(
        List.of(
            "Response[response=0]",
            "Response[response=1]",
            "Response[response=2]",
            "Response[response=3]",
            "NoResponse[]",
            "NotSent[]",
            "all have ended true"),
        log);
  }

  @Test
  void aGroupsDeadlineIsForAllTogether() throws RuntimeFailure {
    Run.on(
        Run.setup(1).world(world).poller(world::poller),
        ref -> {
          var group = new ActorGroup<Twice>();
          for (int i = 0; i < 3; i++) {
            group.add(Run.spawn(ref, ctx -> ctx.sleep(SECOND.multipliedBy(10))));
          }
          Run.<Void>spawn(
              ref,
              _ ->
                  log.add(
                      group.rpcAll((Reply<Integer> reply) -> new Twice(1, reply), SECOND) + at()));
        });
    assertEquals(List.of("[TimedOut[], TimedOut[], TimedOut[]] at PT1S"), log);
  }

  /** The one with the full inbox neither keeps the others from being asked nor adds its limit. */
  @Test
  void whoseInboxIsFullHoldsUpNobodyElseInAGroup() throws RuntimeFailure {
    Run.on(
        Run.setup(1).world(world).poller(world::poller),
        ref -> {
          var group = new ActorGroup<Twice>();
          for (int i = 0; i < 2; i++) {
            ActorRef<Twice> full =
                Run.spawn(ref, Run.inboxOf(1), ctx -> ctx.sleep(SECOND.multipliedBy(10)));
            Run.<Void>spawn(ref, _ -> log.add("before: " + ask(full, 0)));
            group.add(full);
          }
          group.add(
              Run.spawn(
                  ref,
                  ctx -> {
                    Twice request = ctx.receiveNext();
                    log.add("asked" + at());
                    request.reply().respond(2 * request.n());
                  }));
          Run.<Void>spawn(
              ref,
              _ ->
                  log.add(
                      group.rpcAll((Reply<Integer> reply) -> new Twice(1, reply), SECOND) + at()));
        });
    assertEquals(
        List.of(
            "asked at PT0S",
            "[TimedOut[], TimedOut[], Response[response=2]] at PT1S",
            "before: NoResponse[]",
            "before: NoResponse[]"),
        log);
  }

  /** Whatever happens to servers at random, every request has an outcome. */
  @Test
  void everyRequesterHearsSomethingWhateverFails() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("RpcTest seed " + seed);
    int clients = 6;
    int each = 500;
    var outcomes = new AtomicInteger();
    var wrong = new AtomicInteger();
    try (Runtime runtime = Run.setup(3).build()) {
      var servers = new ArrayList<ActorRef<Twice>>();
      for (int i = 0; i < 4; i++) {
        var random = new Random(seed + i);
        servers.add(
            Run.spawnShared(
                runtime,
                _ -> new Supervisor.Decision.Restart<>(0),
                Run.inboxOf(1 + i),
                ctx -> serve(ctx, random)));
      }
      var done = new CountDownLatch(clients);
      for (int c = 0; c < clients; c++) {
        var random = new Random(seed - 1 - c);
        Run.Body<Void> client =
            _ -> {
              for (int i = 0; i < each; i++) {
                RpcResult<Integer> result = ask(servers.get(random.nextInt(4)), i);
                outcomes.incrementAndGet();
                if (result instanceof RpcResult.Response<Integer>(Integer n) && n != 2 * i) {
                  wrong.incrementAndGet();
                }
              }
              done.countDown();
            };
        if (c % 2 == 0) {
          Run.spawnShared(runtime, client);
        } else {
          runtime.spawnSync(
              Supervisor.stopping(),
              (Context<Void> ctx, Integer _) -> client.run(ctx),
              0,
              ActorOptions.standard());
        }
      }
      Run.await(done);
    }
    assertEquals(clients * each, outcomes.get(), "seed " + seed);
    assertEquals(0, wrong.get(), "seed " + seed);
  }

  private static void serve(Context<Twice> ctx, Random random) {
    var held = new ArrayList<Twice>();
    while (true) {
      if (!held.isEmpty() && !ctx.await(Duration.ofMillis(1), ctx.messages())) {
        held.forEach(request -> request.reply().respond(2 * request.n()));
        held.clear();
      }
      Twice request = ctx.receiveNext();
      switch (random.nextInt(8)) {
        case 0 -> throw new Planned();
        case 1 -> {
          request.reply().hold();
          held.add(request);
        }
        case 2 -> ctx.sleep(Duration.ZERO);
        default -> request.reply().respond(2 * request.n());
      }
    }
  }

  /** Fails without a stack trace, so that the log stays readable. */
  private static final class Planned extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Planned() {
      super("on purpose", null, false, false);
    }
  }
}
