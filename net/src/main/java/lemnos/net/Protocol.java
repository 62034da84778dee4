package lemnos.net;

import io.netty.channel.Channel;

/**
 * Makes of a connection what an actor works with: the door through which another module brings
 * Netty handlers of its own. {@link TcpStream#PROTOCOL} is the one for plain bytes.
 *
 * @param <S> what the actor of a connection is given; closing it must end the connection
 */
@FunctionalInterface
public interface Protocol<S extends AutoCloseable> {
  /**
   * Adds the protocol's handlers to the pipeline of {@code channel}. Runs on the worker, while it
   * polls.
   *
   * <p>The channel is connected already, so its handlers will not hear of that; TLS, if it is
   * wanted, has been agreed upon, and {@link Tls#applicationProtocol} tells what ALPN came to.
   * Nothing is read until somebody calls {@link Channel#read}, each time anew, which is how a
   * receiver holds back a sender. The peer may close its half of the connection alone.
   */
  S attach(Channel channel);
}
