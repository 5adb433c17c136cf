// Writes requests.json: JSON Schemas of the requests and events that the Slack peer knows, made from
// the TypeScript types that Slack publishes. To run it, in any folder outside the repository:
//
//   npm install @slack/web-api@8.2.0 @slack/types@3.2.0 ts-json-schema-generator@2.4.0
//   echo '{"compilerOptions": {"strict": true, "skipLibCheck": true}, "files": []}' > tsconfig.json
//   cp …/tests/peers/slack/schema/generate.mjs . && node generate.mjs > …/requests.json
import { createGenerator } from "ts-json-schema-generator";

const REQUESTS = {
  "assistant.threads.setStatus": "AssistantThreadsSetStatusArguments",
  "assistant.threads.setSuggestedPrompts": "AssistantThreadsSetSuggestedPromptsArguments",
  "assistant.threads.setTitle": "AssistantThreadsSetTitleArguments",
  "chat.appendStream": "ChatAppendStreamArguments",
  "chat.delete": "ChatDeleteArguments",
  "chat.getPermalink": "ChatGetPermalinkArguments",
  "chat.postEphemeral": "ChatPostEphemeralArguments",
  "chat.postMessage": "ChatPostMessageArguments",
  "chat.startStream": "ChatStartStreamArguments",
  "chat.stopStream": "ChatStopStreamArguments",
  "chat.update": "ChatUpdateArguments",
  "conversations.history": "ConversationsHistoryArguments",
  "conversations.info": "ConversationsInfoArguments",
  "conversations.members": "ConversationsMembersArguments",
  "conversations.open": "ConversationsOpenArguments",
  "conversations.replies": "ConversationsRepliesArguments",
  "files.info": "FilesInfoArguments",
  "reactions.add": "ReactionsAddArguments",
  "reactions.remove": "ReactionsRemoveArguments",
  "users.info": "UsersInfoArguments",
  "views.open": "ViewsOpenArguments",
  "views.publish": "ViewsPublishArguments",
  "views.update": "ViewsUpdateArguments",
};
const EVENTS = [
  "AgentSessionStoppedEvent",
  "AppHomeOpenedEvent",
  "AppMentionEvent",
  "AppUninstalledEvent",
  "BotMessageEvent",
  "ChannelJoinMessageEvent",
  "FileShareMessageEvent",
  "FileSharedEvent",
  "GenericMessageEvent",
  "TokensRevokedEvent",
];
const WORDS = new Set(["description", "examples", "default", "deprecated"]);

// Descriptions are dropped; a property that happens to have such a name is not.
function prune(node, named = false) {
  if (Array.isArray(node)) return node.map((item) => prune(item));
  if (node === null || typeof node !== "object") return node;
  const kept = Object.entries(node).filter(([key]) => named || !WORDS.has(key));
  return Object.fromEntries(
    kept.map(([key, value]) => [key, prune(value, !named && key === "properties")]),
  );
}

// The types allow "any object with a type" beside the known blocks: too kind for a test.
function knowBlocks(node) {
  if (Array.isArray(node)) return node.map(knowBlocks);
  if (node === null || typeof node !== "object") return node;
  if (node.$ref === "#/definitions/Block") return { $ref: "#/definitions/KnownBlock" };
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, knowBlocks(value)]));
}

function read(path, names) {
  const settings = { path, tsconfig: "tsconfig.json", skipTypeCheck: true, expose: "export" };
  const generator = createGenerator(settings);
  return names.map((name) => generator.createSchema(name).definitions);
}

const definitions = Object.assign(
  {},
  ...read("node_modules/@slack/web-api/dist/index.d.ts", Object.values(REQUESTS)),
  ...read("node_modules/@slack/types/dist/index.d.ts", [...EVENTS, "KnownBlock", "View"]),
);
delete definitions.Block;
const named = Object.entries(definitions).sort(([one], [other]) => (one < other ? -1 : 1));
const lines = named.map(([name, schema]) => {
  const line = JSON.stringify(knowBlocks(prune(schema)));
  return `${JSON.stringify(name)}: ${line}`;
});
console.log(`{"requests": ${JSON.stringify(REQUESTS)},\n"definitions": {\n${lines.join(",\n")}\n}}`);
