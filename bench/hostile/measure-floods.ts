export async function measureFloods() {}
