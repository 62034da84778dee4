package lemnos.net;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What went wrong in Netty, as those who wait are told of it. */
final class Failures {
  private Failures() {}

  /** The exception itself, or one that has it as its cause. */
  static IOException io(Throwable error) {
    return error instanceof IOException e ? e : new IOException(error.getMessage(), error);
  }

  /** An exception of the same kind whose stack is that of the caller. */
  static IOException rethrown(Throwable error) {
    String message = error.getMessage();
    return switch (error) {
      case EOFException _ -> caused(new EOFException(message), error);
      case ConnectException _ -> caused(new ConnectException(message), error);
      case SocketTimeoutException _ -> caused(new SocketTimeoutException(message), error);
      case UnknownHostException _ -> caused(new UnknownHostException(message), error);
      case SSLException _ -> caused(new SSLException(message), error);
      default -> new IOException(message, error);
    };
  }

  private static IOException caused(IOException e, @Nullable Throwable cause) {
    e.initCause(cause);
    return e;
  }
}
