// A live server of the usual design, with which `just bench-peers` compares fleetwatch: Socket.IO, fed by Redis Pub/Sub.
// Each message is sent, as published, to the room of its vehicle and to the room of all vehicles.
//
//   node server.mjs PORT REDIS_URL
import { createServer } from "node:http";
import { Redis } from "ioredis";
import { Server } from "socket.io";

const [port, redisUrl] = process.argv.slice(2);
const http = createServer();
const io = new Server(http, { transports: ["websocket"] });

io.on("connection", (socket) => {
  socket.on("subscribeVehicle", (vehicleId, acknowledge) => {
    socket.join(`vehicle:${vehicleId}`);
    acknowledge();
  });
  socket.on("subscribeAll", (acknowledge) => {
    socket.join("all-vehicles");
    acknowledge();
  });
});

const redis = new Redis(redisUrl);
redis.on("message", (_channel, message) => {
  const update = JSON.parse(message);
  io.to(`vehicle:${update.vehicleId}`).emit("positionUpdate", update);
  io.to("all-vehicles").emit("positionUpdate", update);
});
await redis.subscribe("vehicle:position:update");

process.on("SIGTERM", () => process.exit(0));
http.listen({ host: "127.0.0.1", port: Number(port) });
