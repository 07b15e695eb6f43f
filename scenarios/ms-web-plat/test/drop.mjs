// A drop as the desktop makes it: with paths, so folders and huge files are what they are.
export async function drop(tab, paths, target) {
  const devtools = await tab.context().newCDPSession(tab);
  const { x, y, width, height } = await tab.locator(target).boundingBox();
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await devtools.send('Input.dispatchDragEvent', {
      type,
      x: x + width / 2,
      y: y + height / 2,
      data: { items: [], files: paths, dragOperationsMask: 1 },
    });
  }
}
