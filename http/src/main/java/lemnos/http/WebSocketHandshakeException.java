package lemnos.http;

import java.io.IOException;

/** A server that does not open the WebSocket which a client asked for. */
public final class WebSocketHandshakeException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;

  WebSocketHandshakeException(String message, int status) {
    super(message);
    this.status = status;
  }

  /** The status of the server's answer; 101 if it agreed, but to what was not asked for. */
  public int status() {
    return status;
  }
}
