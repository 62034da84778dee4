package lemnos.net;

final class Skeleton {
  private Skeleton() {}
}
