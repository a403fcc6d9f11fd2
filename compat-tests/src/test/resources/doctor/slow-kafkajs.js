// A consumer that takes long for each message: broker, group, topic, session timeout and time for a message as arguments.
const { Kafka, logLevel } = require('kafkajs');
const [broker, groupId, topic, sessionTimeout, millis] = process.argv.slice(2);
const kafka = new Kafka({ clientId: 'billing', brokers: [broker], logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId, sessionTimeout: +sessionTimeout, heartbeatInterval: 300, rebalanceTimeout: 10000 });
process.stdin.on('end', () => process.exit(0)).resume();
(async () => {
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ eachMessage: () => new Promise((done) => setTimeout(done, +millis)) });
})();
