package lemnos.http;

import java.time.Duration;
import lemnos.runtime.DeadlinePassed;

/**
 * Gives what is behind it a time to answer: whatever a handler waits for when that is over throws
 * {@link DeadlinePassed}, and the client gets a 503, or notices that the response breaks off. A
 * handler that computes all the time is not interrupted.
 */
public final class Deadline implements Middleware {
  private final Duration limit;

  /**
   * @param limit from here to the end of the response
   */
  public Deadline(Duration limit) {
    this.limit = limit;
  }

  @Override
  public void handle(Request request, Response response, Handler next) throws Exception {
    try {
      request
          .context()
          .within(
              limit,
              () -> {
                next.handle(request, response);
                response.end();
                return null;
              });
    } catch (DeadlinePassed e) {
      throw new HttpException(503, "no answer within " + limit.toMillis() + " ms\n");
    }
  }
}
