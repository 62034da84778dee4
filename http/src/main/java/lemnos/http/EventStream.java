package lemnos.http;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events: a response that tells the client what happens, as long as both sides like.
 * For the actor that handles the request; what is sent goes out at once.
 *
 * <p>A client that lost its connection asks again, and says in the header {@code Last-Event-ID}
 * which event it saw last. Source of the form: the WHATWG's HTML standard (9.2).
 */
public final class EventStream {
  private final Response response;

  private EventStream(Response response) {
    this.response = response;
  }

  /** Begins a stream of events. */
  public static EventStream begin(Response response) throws IOException {
    response
        .type("text/event-stream")
        .header("Cache-Control", "no-store")
        .header("X-Accel-Buffering", "no");
    response.flush();
    return new EventStream(response);
  }

  /** Sends an event that is called {@code message} by browsers. */
  public void send(String text) throws IOException {
    send(null, text, null);
  }

  /**
   * Sends an event.
   *
   * @param name what it is called; null for the default
   * @param text what it says; may have several lines
   * @param id what the client says when it comes back; null to leave that as it is
   */
  public void send(@Nullable String name, String text, @Nullable String id) throws IOException {
    var event = new StringBuilder();
    if (name != null) {
      field(event, "event", oneLine(name));
    }
    if (id != null) {
      field(event, "id", oneLine(id));
    }
    for (String line : text.split("\r\n|\r|\n", -1)) {
      field(event, "data", line);
    }
    write(event.append('\n'));
  }

  /** Tells the client how long to wait before it comes back. */
  public void retry(Duration delay) throws IOException {
    write(field(new StringBuilder(), "retry", Long.toString(delay.toMillis())).append('\n'));
  }

  /** Sends something that is no event, so that nobody on the way thinks that the client is gone. */
  public void keepAlive() throws IOException {
    write(new StringBuilder(":\n\n"));
  }

  private void write(StringBuilder text) throws IOException {
    response.write(text.toString());
    response.flush();
  }

  private static StringBuilder field(StringBuilder event, String name, String value) {
    return event.append(name).append(": ").append(value).append('\n');
  }

  private static String oneLine(String text) {
    if (text.chars().anyMatch(c -> c == '\n' || c == '\r' || c == 0)) {
      throw new IllegalArgumentException("names and ids of events have one line");
    }
    return text;
  }
}
