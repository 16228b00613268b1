"""Who is asking: tokens and claims, entitlements, roles, and the audience that follows. Pure, without IO."""
