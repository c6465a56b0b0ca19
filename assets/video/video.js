// An animated WebP as MP4: its pictures are decoded and encoded by the browser (WebCodecs), and
// mediabunny writes the file. Bundled with it, as assets/build/video.js; requested once it is used.

import {
  BufferTarget, CanvasSource, getFirstEncodableVideoCodec, Mp4OutputFormat, Output, Quality,
} from "mediabunny";

/** @type {import("mediabunny").VideoCodec[]} */
const CODECS = ["avc", "vp9", "av1"]; // by how many players know them

/**
 * The video of an animated picture. Throws if the browser can't encode one of this size.
 * @param {Uint8Array<ArrayBuffer>} picture
 * @returns {Promise<Blob>}
 */
export async function video(picture) {
  const decoder = new ImageDecoder({ data: picture, type: "image/webp" });
  await decoder.tracks.ready;
  const count = decoder.tracks.selectedTrack?.frameCount ?? 0;
  const { image: first } = await decoder.decode({ frameIndex: 0 });
  // Codecs halve the colours' resolution: sides are even.
  const [width, height] = [first.displayWidth, first.displayHeight].map((side) => side + (side % 2));
  first.close();
  const codec = await getFirstEncodableVideoCodec(CODECS, { width, height });
  if (codec === null) throw new Error(`no codec for ${width} x ${height}`);
  const canvas = new OffscreenCanvas(width, height);
  const drawing = canvas.getContext("2d", { alpha: false });
  if (!drawing) throw new Error("no drawing context");
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: "in-memory" }), target });
  const source = new CanvasSource(canvas, { codec, quality: new Quality("high") });
  output.addVideoTrack(source);
  await output.start();
  let seconds = 0;
  for (let frameIndex = 0; frameIndex < count; frameIndex += 1) {
    const { image } = await decoder.decode({ frameIndex });
    const lasts = (image.duration ?? 0) / 1_000_000;
    drawing.drawImage(image, 0, 0, width, height);
    image.close();
    await source.add(seconds, lasts);
    seconds += lasts;
  }
  await output.finalize();
  decoder.close();
  if (!target.buffer) throw new Error("the video has no bytes");
  return new Blob([target.buffer], { type: "video/mp4" });
}
