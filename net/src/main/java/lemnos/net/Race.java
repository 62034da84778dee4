package lemnos.net;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.function.Function;
import lemnos.core.Core;
import lemnos.core.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * Connects to whichever of a host's addresses answers first: the next one is tried when the one
 * before has failed, or has not answered for a while, and goes on being tried. The others are given
 * up when one has won. Source: RFC 8305, which calls it Happy Eyeballs.
 */
final class Race<T> {
  /** How long one address is tried alone: what the RFC recommends (section 5). */
  static final long DELAY_NANOS = 250_000_000;

  /**
   * An address that is being tried.
   *
   * @param giveUp ends it, if it is not over yet, and whatever came of it
   */
  record Attempt<T>(Pending<T> connected, Runnable giveUp) {}

  private final Core core;
  private final Object host;
  private final Iterator<InetSocketAddress> rest;
  private final Function<InetSocketAddress, Attempt<T>> connect;
  private final List<Attempt<T>> running = new ArrayList<>();
  private final Pending<T> winner = new Pending<>();
  private @Nullable IOException failure;
  private boolean won;
  private long timer;

  private Race(
      Core core,
      Object host,
      List<InetSocketAddress> addresses,
      Function<InetSocketAddress, Attempt<T>> connect) {
    this.core = core;
    this.host = host;
    this.rest = addresses.iterator();
    this.connect = connect;
  }

  /**
   * Begins to try {@code addresses}, at least one, in that order.
   *
   * @param host what the addresses are those of, for the message of a failure
   * @return what came of the first that answered; a {@link ConnectException} if none did
   */
  static <T> Pending<T> run(
      Core core,
      Object host,
      List<InetSocketAddress> addresses,
      Function<InetSocketAddress, Attempt<T>> connect) {
    var race = new Race<>(core, host, addresses, connect);
    race.tryNext();
    return race.winner;
  }

  private void tryNext() {
    core.cancel(timer);
    InetSocketAddress address = rest.next();
    if (rest.hasNext()) {
      timer = core.at(core.now() + DELAY_NANOS, this::tryNext);
    }
    Attempt<T> attempt = connect.apply(address);
    running.add(attempt);
    attempt.connected.then(outcome -> ended(attempt, address, outcome));
  }

  private void ended(Attempt<T> attempt, InetSocketAddress address, Outcome<T> outcome) {
    running.remove(attempt);
    if (won) {
      return; // it was given up
    }
    switch (outcome) {
      case Outcome.Value<T>(T value) -> {
        won = true;
        core.cancel(timer);
        List.copyOf(running).forEach(other -> other.giveUp.run());
        winner.complete(value);
      }
      case Outcome.Failure<T>(Throwable error) -> failed(address, error);
    }
  }

  private void failed(InetSocketAddress address, Throwable error) {
    IOException former = failure;
    failure = refused(host.equals(address) ? host : host + " at " + address, error);
    if (former != null) {
      failure.addSuppressed(former);
    }
    if (rest.hasNext()) {
      tryNext();
    } else if (running.isEmpty()) {
      winner.fail(failure);
    }
  }

  static IOException refused(Object address, Throwable cause) {
    var e = new ConnectException("cannot connect to " + address + ": " + cause.getMessage());
    e.initCause(cause);
    return e;
  }

  /**
   * Addresses of both families in turn, from the first one's on, else in their order: so one family
   * that goes nowhere costs one delay.
   */
  static List<InetSocketAddress> interleaved(List<InetSocketAddress> addresses) {
    Queue<InetSocketAddress> same = new ArrayDeque<>();
    Queue<InetSocketAddress> other = new ArrayDeque<>();
    Class<? extends InetAddress> family = addresses.getFirst().getAddress().getClass();
    for (InetSocketAddress address : addresses) {
      (family.isInstance(address.getAddress()) ? same : other).add(address);
    }
    List<InetSocketAddress> all = new ArrayList<>();
    while (!same.isEmpty() || !other.isEmpty()) {
      if (!same.isEmpty()) {
        all.add(same.remove());
      }
      if (!other.isEmpty()) {
        all.add(other.remove());
      }
    }
    return all;
  }
}
