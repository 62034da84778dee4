package lemnos.net;

import static lemnos.net.OnWorker.HERE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lemnos.core.Loop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Addresses are tried one after the other: in virtual time, and once over real sockets. */
@Timeout(300)
final class RaceTest {
  private static final InetSocketAddress A = four(1);
  private static final InetSocketAddress B = four(2);
  private static final InetSocketAddress C = four(3);

  private final Loop loop = new Loop(0);
  private final List<InetSocketAddress> tried = new ArrayList<>();
  private final List<InetSocketAddress> givenUp = new ArrayList<>();
  private final Map<InetSocketAddress, Pending<String>> attempts = new HashMap<>();

  @AfterEach
  void close() {
    loop.close();
  }

  private static InetSocketAddress four(int host) {
    return address(new byte[] {127, 0, 0, (byte) host});
  }

  private static InetSocketAddress six(int host) {
    byte[] bytes = new byte[16];
    bytes[15] = (byte) host;
    return address(bytes);
  }

  private static InetSocketAddress address(byte[] bytes) {
    try {
      return new InetSocketAddress(InetAddress.getByAddress(bytes), 80);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private Pending<String> race(InetSocketAddress... addresses) {
    return Race.run(loop, "host.test", List.of(addresses), this::begin);
  }

  private Race.Attempt<String> begin(InetSocketAddress address) {
    tried.add(address);
    var attempt = new Pending<String>();
    attempts.put(address, attempt);
    return new Race.Attempt<>(
        attempt,
        () -> {
          givenUp.add(address);
          attempt.fail(new IOException("given up"));
        });
  }

  private Pending<String> attempt(InetSocketAddress address) {
    Pending<String> attempt = attempts.get(address);
    if (attempt == null) {
      throw new AssertionError(address + " was not tried");
    }
    return attempt;
  }

  private void millis(int time) {
    loop.run(time * 1_000_000L, false);
  }

  @Test
  void theNextIsTriedWhenOneIsSilentForAQuarterOfASecond() throws Exception {
    Pending<String> winner = race(A, B, C);
    millis(249);
    assertEquals(List.of(A), tried);
    millis(250);
    assertEquals(List.of(A, B), tried);
    millis(500);
    assertEquals(List.of(A, B, C), tried);
    assertFalse(winner.isReady());
    attempt(B).complete("b");
    assertEquals("b", winner.get());
    assertEquals(List.of(A, C), givenUp);
  }

  @Test
  void theFirstIsStillGoodWhenTheSecondIsTried() throws Exception {
    Pending<String> winner = race(A, B);
    millis(300);
    attempt(A).complete("a");
    assertEquals("a", winner.get());
    assertEquals(List.of(B), givenUp);
  }

  @Test
  void theNextIsTriedAtOnceWhenOneFails() throws Exception {
    Pending<String> winner = race(A, B, C);
    millis(100);
    attempt(A).fail(new IOException("refused"));
    assertEquals(List.of(A, B), tried);
    millis(349);
    assertEquals(List.of(A, B), tried);
    millis(350);
    assertEquals(List.of(A, B, C), tried);
    attempt(C).complete("c");
    assertEquals("c", winner.get());
    assertEquals(List.of(B), givenUp);
  }

  @Test
  void whoHasWonTriesNoMore() throws Exception {
    Pending<String> winner = race(A, B);
    attempt(A).complete("a");
    millis(1000);
    assertEquals("a", winner.get());
    assertEquals(List.of(A), tried);
    assertEquals(List.of(), givenUp);
  }

  @Test
  void itFailsWhenTheLastHasFailed() {
    Pending<String> winner = race(A, B);
    millis(250);
    attempt(B).fail(new IOException("refused"));
    assertFalse(winner.isReady());
    attempt(A).fail(new IOException("no route"));
    assertTrue(winner.isReady());
    var e = assertThrows(ConnectException.class, winner::get);
    assertEquals("cannot connect to host.test at " + A + ": no route", e.getMessage());
    Throwable last = Objects.requireNonNull(e.getCause());
    assertEquals(
        "cannot connect to host.test at " + B + ": refused", last.getSuppressed()[0].getMessage());
  }

  @Test
  void familiesTakeTurns() {
    assertEquals(
        List.of(six(1), A, six(2), B, C), Race.interleaved(List.of(six(1), six(2), A, B, C)));
    assertEquals(List.of(A, six(1), B), Race.interleaved(List.of(A, B, six(1))));
    assertEquals(List.of(A, B), Race.interleaved(List.of(A, B)));
  }

  /** A listener whose queue is full says nothing to whoever else wants to connect. */
  @EachTransport
  void anAddressThatSaysNothingIsPassedOver(Transport transport) throws Exception {
    try (var silent = new ServerSocket(0, 1, HERE);
        var open = new ServerSocket(0, 50, HERE);
        var _ = new Socket(HERE, silent.getLocalPort());
        var _ = new Socket(HERE, silent.getLocalPort())) {
      var addresses =
          List.of(
              (InetSocketAddress) silent.getLocalSocketAddress(),
              (InetSocketAddress) open.getLocalSocketAddress());
      var patient = TcpOptions.standard().withConnectTimeout(Duration.ofDays(1));
      SocketAddress peer =
          OnWorker.run(
              transport,
              ctx -> {
                List<Pending<Channel>> begun = new ArrayList<>();
                NettyPoller poller = NettyPoller.of(ctx.core());
                Channel connected =
                    Race.run(
                            ctx.core(),
                            "host.test",
                            addresses,
                            address -> {
                              Race.Attempt<Channel> attempt =
                                  Opening.attempt(
                                      poller, transport.clientChannel(), address, patient);
                              begun.add(attempt.connected());
                              return attempt;
                            })
                        .get();
                assertThrows(IOException.class, begun.getFirst()::get, "it is given up at once");
                SocketAddress remote = connected.remoteAddress();
                connected.close();
                return remote;
              });
      assertEquals(addresses.get(1), peer);
    }
  }
}
