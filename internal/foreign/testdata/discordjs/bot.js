// The bot of script_test.go on discord.js, unmodified. It ends when its stdin does.
'use strict';

const {
  ActionRowBuilder, ButtonBuilder, ButtonStyle, Client, Events, GatewayIntentBits, MessageFlags, ModalBuilder, Partials,
  SlashCommandBuilder, StringSelectMenuBuilder, TextInputBuilder, TextInputStyle, version,
} = require('discord.js');

const shades = ['red', 'green', 'grey'];
const line = (kind, text) => process.stdout.write(`${kind} ${String(text).replaceAll('\n', ' ')}\n`);
const trouble = (error) => line('trouble', error && error.stack ? error.stack : error);

const client = new Client({
  rest: { api: process.env.FOREIGN_API.replace(/\/v10$/, '') },
  intents: Object.values(GatewayIntentBits).filter((bit) => typeof bit === 'number'),
  partials: [Partials.Channel],
});

const panel = () => [
  new ActionRowBuilder().addComponents(new ButtonBuilder().setCustomId('go').setLabel('Go').setStyle(ButtonStyle.Primary)),
  new ActionRowBuilder().addComponents(
    new StringSelectMenuBuilder().setCustomId('shade').addOptions(shades.map((shade) => ({ label: shade, value: shade })))),
];

const sheet = () => new ModalBuilder().setCustomId('sheet').setTitle('A sheet').addComponents(
  new ActionRowBuilder().addComponents(
    new TextInputBuilder().setCustomId('nick').setLabel('Nick').setStyle(TextInputStyle.Short)));

const commands = {
  async slow(interaction) {
    await interaction.deferReply();
    await interaction.editReply('done at last');
    await interaction.followUp('one more thing');
  },
  quiet: (interaction) => interaction.reply({ content: 'only for you', flags: MessageFlags.Ephemeral }),
  panel: (interaction) => interaction.reply({ content: 'choose', components: panel() }),
  form: (interaction) => interaction.showModal(sheet()),
  pick: (interaction) => interaction.reply('picked ' + interaction.options.getString('shade')),
};

async function answer(interaction) {
  if (interaction.isChatInputCommand()) return commands[interaction.commandName](interaction);
  if (interaction.isAutocomplete()) {
    const like = shades.filter((shade) => shade.startsWith(interaction.options.getFocused()));
    return interaction.respond(like.map((shade) => ({ name: shade.toUpperCase(), value: shade })));
  }
  if (interaction.isButton()) return interaction.update({ content: 'pressed', components: [] });
  if (interaction.isStringSelectMenu()) return interaction.reply('shade: ' + interaction.values.join(','));
  if (interaction.isModalSubmit()) return interaction.reply('nick: ' + interaction.fields.getTextInputValue('nick'));
  throw new Error('an interaction of an unknown kind: ' + interaction.type);
}

client.on(Events.Error, trouble);
client.on(Events.ShardError, () => {}); // a dropped connection; what follows is tested
client.on(Events.InteractionCreate, (interaction) => { answer(interaction).catch(trouble); });
client.on(Events.MessageCreate, (message) => {
  if (message.author.bot || message.content !== '!ping') return;
  message.reply('pong').catch(trouble);
});
client.once(Events.ClientReady, async () => {
  await client.application.commands.set(Object.keys(commands).map((name) => {
    const command = new SlashCommandBuilder().setName(name).setDescription('Try ' + name);
    if (name === 'pick') {
      command.addStringOption((option) =>
        option.setName('shade').setDescription('Which one').setRequired(true).setAutocomplete(true));
    }
    return command;
  }));
  line('ready', `discord.js ${version}`);
});

process.stdin.on('end', async () => {
  await client.destroy();
  process.exit(0);
});
process.stdin.resume();
process.on('unhandledRejection', trouble);
client.login(process.env.FOREIGN_TOKEN).catch((error) => { trouble(error); process.exit(1); });
