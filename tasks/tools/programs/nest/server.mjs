// A controller with the client as a provider, which is closed with the application. Decorators are called as functions.
import "reflect-metadata";
import { FliptClient } from "@flipt-ffi/client";
import { Controller, Get, Inject, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { answersOf, namespace, url } from "./flags.mjs";

class FlagsController {
  constructor(flags) {
    this.flags = flags;
  }
  answers() {
    return answersOf(this.flags);
  }
}
Inject(FliptClient)(FlagsController, undefined, 0);
Get()(FlagsController.prototype, "answers", Object.getOwnPropertyDescriptor(FlagsController.prototype, "answers"));
Controller()(FlagsController);

class FlagsModule {
  constructor(flags) {
    this.flags = flags;
  }
  onModuleDestroy() {
    this.flags.close();
  }
}
Inject(FliptClient)(FlagsModule, undefined, 0);
Module({
  controllers: [FlagsController],
  providers: [{
    provide: FliptClient,
    useFactory: () => FliptClient.init({ url, namespace, updateInterval: 0.1 }),
  }],
})(FlagsModule);

const app = await NestFactory.create(FlagsModule);
app.enableShutdownHooks();
await app.listen(process.env.PORT);
