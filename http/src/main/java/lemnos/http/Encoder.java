package lemnos.http;

import io.netty.buffer.ByteBuf;

/** A content coding that the body of a response goes through. */
interface Encoder {
  /**
   * Decides, when the headers are known, whether it takes part; if so it changes them.
   *
   * @param length of the whole body, or -1
   */
  boolean begin(Request request, Response response, long length);

  /** Encodes {@code piece}, which this releases; the result may be empty. */
  ByteBuf encode(ByteBuf piece);

  /** Whatever is kept back so far. */
  ByteBuf flush();

  /** The end of the body. Nothing is encoded after that. */
  ByteBuf finish();

  /** The response is over, whole or not: gives back the memory that it has outside the heap. */
  void close();
}
