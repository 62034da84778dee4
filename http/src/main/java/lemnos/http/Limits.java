package lemnos.http;

import java.time.Duration;

/**
 * What a server takes from its clients at most; what exceeds a limit is refused, counted and
 * logged. The defaults are safe for a server that strangers can reach.
 *
 * @param requestLineBytes the longest request line: 414 beyond
 * @param headerBytes all header lines of a request together: 431 beyond
 * @param headers how many header lines: 431 beyond
 * @param bodyBytes the longest body: 413 beyond; a handler may {@linkplain Body#limit raise} it
 * @param headTimeout how long a request's head may take from its first byte to its last
 * @param idleTimeout how long a connection may be silent between requests, within a body, or while
 *     we have something to write
 * @param minBodyRate how many bytes of a body must come a second, after a grace of {@code
 *     headTimeout}: 408 below
 * @param connections how many connections at once on each worker: others wait to be accepted
 * @param streams how many requests at once on one HTTP/2 connection
 */
public record Limits(
    int requestLineBytes,
    int headerBytes,
    int headers,
    long bodyBytes,
    Duration headTimeout,
    Duration idleTimeout,
    int minBodyRate,
    int connections,
    int streams) {
  private static final Limits STANDARD =
      new Limits(
          8 * 1024,
          32 * 1024,
          100,
          10L * 1024 * 1024,
          Duration.ofSeconds(10),
          Duration.ofSeconds(60),
          240,
          100_000,
          100);

  public Limits {
    check("requestLineBytes", requestLineBytes);
    check("headerBytes", headerBytes);
    check("headers", headers);
    check("bodyBytes + 1", bodyBytes + 1);
    check("headTimeout", headTimeout.toNanos());
    check("idleTimeout", idleTimeout.toNanos());
    check("minBodyRate + 1", minBodyRate + 1L);
    check("connections", connections);
    check("streams", streams);
  }

  private static void check(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be positive");
    }
  }

  /** A request line of 8 KiB, 100 headers of 32 KiB, a body of 10 MiB, 10 and 60 seconds. */
  public static Limits standard() {
    return STANDARD;
  }

  public Limits withRequestLineBytes(int bytes) {
    return new Limits(
        bytes,
        headerBytes,
        headers,
        bodyBytes,
        headTimeout,
        idleTimeout,
        minBodyRate,
        connections,
        streams);
  }

  public Limits withHeaders(int bytes, int number) {
    return new Limits(
        requestLineBytes,
        bytes,
        number,
        bodyBytes,
        headTimeout,
        idleTimeout,
        minBodyRate,
        connections,
        streams);
  }

  public Limits withBodyBytes(long bytes) {
    return new Limits(
        requestLineBytes,
        headerBytes,
        headers,
        bytes,
        headTimeout,
        idleTimeout,
        minBodyRate,
        connections,
        streams);
  }

  public Limits withTimeouts(Duration head, Duration idle) {
    return new Limits(
        requestLineBytes,
        headerBytes,
        headers,
        bodyBytes,
        head,
        idle,
        minBodyRate,
        connections,
        streams);
  }

  /** With zero a body may come as slowly as it likes, within {@link #idleTimeout}. */
  public Limits withMinBodyRate(int bytesPerSecond) {
    return new Limits(
        requestLineBytes,
        headerBytes,
        headers,
        bodyBytes,
        headTimeout,
        idleTimeout,
        bytesPerSecond,
        connections,
        streams);
  }

  public Limits withConnections(int number) {
    return new Limits(
        requestLineBytes,
        headerBytes,
        headers,
        bodyBytes,
        headTimeout,
        idleTimeout,
        minBodyRate,
        number,
        streams);
  }

  public Limits withStreams(int number) {
    return new Limits(
        requestLineBytes,
        headerBytes,
        headers,
        bodyBytes,
        headTimeout,
        idleTimeout,
        minBodyRate,
        connections,
        number);
  }
}
