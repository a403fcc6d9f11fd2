// What a user of kafkajs does. Arguments: where the broker is. Tells of each scenario whether it went well.
'use strict'
const assert = require('node:assert')
const { Kafka, CompressionTypes, logLevel } = require('kafkajs')

// Ends with the process that started it.
process.stdin.resume()
process.stdin.on('end', () => process.exit(1))
process.stdin.on('error', () => process.exit(1))

const kafka = new Kafka({ clientId: 'the-script', brokers: [process.argv[2]], logLevel: logLevel.ERROR })
const PATIENCE_MS = 30_000

async function withClient(client, work) {
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.disconnect()
  }
}

const admin = work => withClient(kafka.admin(), work)
const producer = (config, work) => withClient(kafka.producer(config), work)

async function until(what, condition) {
  const deadline = Date.now() + PATIENCE_MS
  while (!(await condition())) {
    assert(Date.now() < deadline, `still not: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

const createTopic = (topic, numPartitions = 1) =>
  admin(each => each.createTopics({ topics: [{ topic, numPartitions }] }))

const messages = (from, to) =>
  Array.from({ length: to - from }, (_, i) => ({ key: `k${from + i}`, value: `v${from + i}` }))

const values = (from, to) => messages(from, to).map(each => each.value)

// A member of a group, and what it has read.
async function member(groupId, topic, config = {}) {
  const consumer = kafka.consumer({ groupId, heartbeatInterval: 300, maxWaitTimeInMs: 100, ...config })
  const read = []
  let assigned = []
  consumer.on(consumer.events.GROUP_JOIN, event => {
    assigned = event.payload.memberAssignment[topic] || []
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => read.push(message) })
  return { consumer, read, assigned: () => assigned, stop: () => consumer.disconnect() }
}

async function readAll(groupId, topic, count, config) {
  const one = await member(groupId, topic, config)
  try {
    await until(`${count} messages`, () => one.read.length >= count)
    return one.read
  } finally {
    await one.stop()
  }
}

const text = read => read.map(each => each.value.toString())

const scenarios = {
  async 'idempotent producer, and a group that reads it'() {
    await createTopic('js-idempotent')
    await producer({ idempotent: true, maxInFlightRequests: 1 }, async each => {
      const [sent] = await each.send({ topic: 'js-idempotent', acks: -1, messages: messages(0, 50) })
      assert.strictEqual(sent.baseOffset, '0')
      await each.send({ topic: 'js-idempotent', acks: -1, messages: messages(50, 60) })
    })
    assert.deepStrictEqual(text(await readAll('js-idempotent', 'js-idempotent', 60)), values(0, 60))
  },

  async 'compression, headers, timestamps and null'() {
    await createTopic('js-gzip')
    await producer({}, each =>
      each.send({
        topic: 'js-gzip',
        compression: CompressionTypes.GZIP,
        messages: [
          { key: 'a', value: 'x'.repeat(1000), headers: { colour: 'red' }, timestamp: '1600000000000' },
          { key: 'b', value: null }
        ]
      })
    )
    const [first, second] = await readAll('js-gzip', 'js-gzip', 2)
    assert.strictEqual(first.value.toString(), 'x'.repeat(1000))
    assert.strictEqual(first.headers.colour.toString(), 'red')
    assert.strictEqual(first.timestamp, '1600000000000')
    assert.strictEqual(second.key.toString(), 'b')
    assert.strictEqual(second.value, null)
  },

  async 'a member that resumes where it committed'() {
    await createTopic('js-resume')
    await producer({}, each => each.send({ topic: 'js-resume', messages: messages(0, 10) }))
    await readAll('js-resume', 'js-resume', 10)
    await producer({}, each => each.send({ topic: 'js-resume', messages: messages(10, 15) }))
    assert.deepStrictEqual(text(await readAll('js-resume', 'js-resume', 5)), values(10, 15))
  },

  async 'two members share, and the other takes over'() {
    const topic = 'js-share'
    await createTopic(topic, 4)
    const stayer = await member('js-share', topic)
    const leaver = await member('js-share', topic)
    try {
      await until('shared', () => stayer.assigned().length === 2 && leaver.assigned().length === 2)
      const described = await admin(each => each.describeGroups(['js-share']))
      assert.strictEqual(described.groups[0].state, 'Stable')
      assert.strictEqual(described.groups[0].members.length, 2)
    } finally {
      await leaver.stop()
    }
    try {
      await until('taken over', () => stayer.assigned().length === 4)
      await producer({}, each => each.send({ topic, messages: messages(0, 40) }))
      await until('read', () => stayer.read.length >= 40)
      assert.deepStrictEqual(text(stayer.read).sort(), values(0, 40).sort())
    } finally {
      await stayer.stop()
    }
  },

  async 'transactions with offsets'() {
    const topic = 'js-transactions'
    await createTopic(topic)
    const config = { transactionalId: 'js-transactions', idempotent: true, maxInFlightRequests: 1 }
    const offsets = { topics: [{ topic, partitions: [{ partition: 0, offset: '7' }] }] }
    await producer(config, async each => {
      const aborted = await each.transaction()
      await aborted.send({ topic, messages: messages(100, 110) })
      await aborted.sendOffsets({ consumerGroupId: 'js-offsets', ...offsets })
      await aborted.abort()
      const none = await admin(one => one.fetchOffsets({ groupId: 'js-offsets', topics: [topic] }))
      assert.strictEqual(none[0].partitions[0].offset, '-1')
      const committed = await each.transaction()
      await committed.send({ topic, messages: messages(0, 10) })
      await committed.sendOffsets({ consumerGroupId: 'js-offsets', ...offsets })
      await committed.commit()
    })
    const [{ partitions }] = await admin(each => each.fetchOffsets({ groupId: 'js-offsets', topics: [topic] }))
    assert.strictEqual(partitions[0].offset, '7')
    // Its consumer reads only what was committed, unless it is told otherwise.
    assert.deepStrictEqual(text(await readAll('js-committed', topic, 10)), values(0, 10))
    const all = await readAll('js-uncommitted', topic, 20, { readUncommitted: true })
    assert.deepStrictEqual(text(all), [...values(100, 110), ...values(0, 10)])
  },

  async 'topics, partitions, offsets and configurations'() {
    const topic = 'js-admin'
    await admin(async each => {
      assert.strictEqual(await each.createTopics({ topics: [{ topic, numPartitions: 2 }] }), true)
      assert.strictEqual(await each.createTopics({ topics: [{ topic }] }), false)
      assert((await each.listTopics()).includes(topic))
      await each.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
      const { topics } = await each.fetchTopicMetadata({ topics: [topic] })
      assert.strictEqual(topics[0].partitions.length, 3)
      await producer({}, one => one.send({ topic, messages: messages(0, 10).map(m => ({ ...m, partition: 1 })) }))
      const ends = await each.fetchTopicOffsets(topic)
      assert.strictEqual(ends.find(one => one.partition === 1).high, '10')
      await each.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '4' }] })
      const after = await each.fetchTopicOffsets(topic)
      assert.strictEqual(after.find(one => one.partition === 1).low, '4')
      const byTime = await each.fetchTopicOffsetsByTimestamp(topic, 0)
      assert.strictEqual(byTime.find(one => one.partition === 1).offset, '4')
      const resource = { type: 2, name: topic }
      await each.alterConfigs({
        validateOnly: false,
        resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '60000' }] }]
      })
      const { resources } = await each.describeConfigs({ resources: [resource], includeSynonyms: false })
      assert.strictEqual(
        resources[0].configEntries.find(one => one.configName === 'retention.ms').configValue,
        '60000'
      )
      const cluster = await each.describeCluster()
      assert.strictEqual(cluster.brokers.length, 1)
      await each.deleteTopics({ topics: [topic] })
      assert(!(await each.listTopics()).includes(topic))
    })
  },

  async 'groups are listed, moved and deleted'() {
    const topic = 'js-groups'
    const groupId = 'js-groups'
    await createTopic(topic)
    await producer({}, each => each.send({ topic, messages: messages(0, 10) }))
    await readAll(groupId, topic, 10)
    await admin(async each => {
      assert((await each.listGroups()).groups.some(one => one.groupId === groupId))
      await each.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '3' }] })
      const [{ partitions }] = await each.fetchOffsets({ groupId, topics: [topic] })
      assert.strictEqual(partitions[0].offset, '3')
    })
    assert.deepStrictEqual(text(await readAll(groupId, topic, 7)), values(3, 10))
    await admin(async each => {
      await each.resetOffsets({ groupId, topic, earliest: true })
      await each.deleteGroups([groupId])
      assert(!(await each.listGroups()).groups.some(one => one.groupId === groupId))
    })
  }
}

async function play(name) {
  try {
    await scenarios[name]()
    console.log(`passed: ${name}`)
    return true
  } catch (e) {
    console.log(`failed: ${name}`)
    console.error(`--- ${name}\n`, e)
    return false
  }
}

Promise.all(Object.keys(scenarios).map(play)).then(all => process.exit(all.every(each => each) ? 0 : 1))
