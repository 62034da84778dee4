package lemnos.http;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A request that was answered: what an access log tells of it. Its {@link #toString} is a line in
 * the combined format that web servers write, in which nothing that a client says can look like
 * something else.
 *
 * @param time when the response was complete
 * @param client who asked; see {@link Request#clientAddress}
 * @param bytes of the response's body
 * @param duration from the head of the request to the end of the response
 */
public record Access(
    Instant time,
    String client,
    String method,
    String target,
    String version,
    int status,
    long bytes,
    Duration duration,
    @Nullable String referer,
    @Nullable String userAgent) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);

  @Override
  public String toString() {
    return "%s - - [%s] \"%s %s %s\" %d %s \"%s\" \"%s\""
        .formatted(
            safe(client),
            TIME.format(time),
            safe(method),
            safe(target),
            version,
            status,
            bytes == 0 ? "-" : Long.toString(bytes),
            safe(referer),
            safe(userAgent));
  }

  private static String safe(@Nullable String text) {
    if (text == null) {
      return "-";
    }
    var safe = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c >= 127 || c == '"' || c == '\\') {
        safe.append("\\u%04x".formatted((int) c));
      } else {
        safe.append(c);
      }
    }
    return safe.toString();
  }
}
