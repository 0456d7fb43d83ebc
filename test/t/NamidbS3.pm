# Shared by the tests with servers of their own: a node with the extension, a bucket, the programs of test/tools, and
# sessions whose commands can be left unanswered.
package NamidbS3;

use strict;
use warnings;
use Exporter 'import';
use File::Basename qw(dirname);
use HTTP::Tiny;
use IPC::Run ();
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(start_node make_bucket store_uri make_server start_program stop_programs proxy_state proxy_hold
  proxy_honest proxy_wait_held eventually run_wheel cypher_ids TOOLS);

use constant TOOLS => dirname(__FILE__) . '/../tools';
use constant STEP_SECONDS => 60;

my @programs;

# A running server that sees the extension; more lines of configuration may follow the name.
sub start_node
{
	my ($name, @conf) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init;
	$node->append_conf('postgresql.conf', join("\n", $ENV{NAMIDB_TEST_CONF}, @conf, ''));
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION namidb');
	return $node;
}

sub make_bucket
{
	my $name = sprintf('%s-%08x', $_[0], int(rand(2**32)));
	PostgreSQL::Test::Utils::system_or_bail('python3', $ENV{S3ADMIN}, 'bucket', $name);
	return $name;
}

sub store_uri
{
	my ($bucket, $namespace, $endpoint) = @_;
	$endpoint //= $ENV{NAMIDB_TEST_S3_ENDPOINT};
	return "s3://$bucket?ns=$namespace&endpoint=$endpoint&region=us-east-1&allow_http=true";
}

# A foreign server on a URI, with MinIO's keys for the current user.
sub make_server
{
	my ($node, $name, $uri) = @_;
	$node->safe_psql('postgres',
		"CREATE SERVER \"$name\" FOREIGN DATA WRAPPER namidb OPTIONS (store '$uri');\n"
		  . "CREATE USER MAPPING FOR CURRENT_USER SERVER \"$name\" OPTIONS (access_key_id '$ENV{NAMIDB_TEST_S3_ACCESS_KEY}', "
		  . "secret_access_key '$ENV{NAMIDB_TEST_S3_SECRET_KEY}')");
}

# ---- programs of test/tools ------------------------------------------------------------------

# Starts one that says "listening on PORT"; its address.
sub start_program
{
	my ($script, @args) = @_;
	my $out = '';
	my $handle = IPC::Run::start([ 'python3', TOOLS . "/$script", @args ],
		'<', \undef, '>', \$out, IPC::Run::timeout(600));
	push @programs, $handle;
	$handle->pump until $out =~ /listening on (\d+)\n/ || !$handle->pumpable;
	die "$script did not start" unless $out =~ /listening on (\d+)\n/;
	return "http://127.0.0.1:$1";
}

sub stop_programs
{
	for my $handle (@programs)
	{
		$handle->signal('TERM');
		$handle->finish;
	}
	@programs = ();
}

END { my $status = $?; eval { stop_programs() }; $? = $status; }

sub proxy_call
{
	my ($proxy, %settings) = @_;
	my $answer = %settings
	  ? HTTP::Tiny->new->post("$proxy/__fault__/", { content => encode_json(\%settings) })
	  : HTTP::Tiny->new->get("$proxy/__fault__/");
	die "proxy: $answer->{content}" unless $answer->{success};
	return decode_json($answer->{content});
}

sub proxy_state { return proxy_call($_[0]); }

# The next $limit requests (all when undefined) of this method (or ANY) and path are held: "before" they are passed on, or
# "after" the store has acted, without an answer. Returns what proxy_wait_held needs.
sub proxy_hold
{
	my ($proxy, $when, $method, $path, $limit) = @_;
	my $faults = proxy_state($proxy)->{faults};
	my $done = 0;
	$done += $_ for values %$faults;
	proxy_call($proxy,
		enabled => JSON::PP::true, rates => { "hang_$when" => 1 }, methods => $method eq 'ANY' ? [] : [$method], path => $path,
		limit => defined $limit ? $done + $limit : undef);
	return { proxy => $proxy, fault => "hang_$when", done => $faults->{"hang_$when"} // 0 };
}

sub proxy_honest { return proxy_call($_[0], enabled => JSON::PP::false); }

sub proxy_wait_held
{
	my ($hold) = @_;
	return eventually(sub {
		(proxy_state($hold->{proxy})->{faults}{ $hold->{fault} } // 0) > $hold->{done};
	});
}

# ---- helpers ---------------------------------------------------------------------------------

# Whether a condition becomes true in time.
sub eventually
{
	my ($condition, $seconds) = @_;
	my $end = time + ($seconds // STEP_SECONDS);
	while (time < $end)
	{
		return 1 if $condition->();
		sleep 0.01;
	}
	return 0;
}

# Statements through the real NamiDB on that store, one process for all; the rows of the last as JSON.
sub run_wheel
{
	my ($uri, @statements) = @_;
	my ($out, $err);
	local $ENV{PYTHONPATH} = $ENV{NAMIDB_TEST_WHEEL};
	local $ENV{AWS_ACCESS_KEY_ID} = $ENV{NAMIDB_TEST_S3_ACCESS_KEY};
	local $ENV{AWS_SECRET_ACCESS_KEY} = $ENV{NAMIDB_TEST_S3_SECRET_KEY};
	my $program = <<'PY';
import json, sys, namidb
client = namidb.Client(sys.argv[1])
for statement in sys.argv[2:]:
    rows = client.cypher(statement).rows()
print(json.dumps(rows))
PY
	IPC::Run::run([ 'python3', '-c', $program, $uri, @statements ], '<', \undef, '>', \$out, '2>', \$err,
		IPC::Run::timeout(STEP_SECONDS)) or return "failed: $err";
	chomp $out;
	return $out;
}

# The ids of the nodes :Row, in order, seen by a new backend: "1 2 3".
sub cypher_ids
{
	my ($node, $server) = @_;
	my ($status, $out, $err) = $node->psql('postgres',
		"SELECT r->>'id' FROM namidb_cypher('MATCH (n:Row) RETURN n.id AS id ORDER BY id', NULL, '$server') AS r",
		timeout => STEP_SECONDS);
	return $status == 0 ? join(' ', split /\n/, $out) : "failed: $err";
}

# ---- a session -------------------------------------------------------------------------------

package NamidbS3::Session;

use Time::HiRes qw(time);

sub new
{
	my ($class, $node) = @_;
	my $self = bless { in => '', out => '', err => '', count => 0 }, $class;
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	$self->{handle} = IPC::Run::start(
		[ 'psql', '-X', '-q', '-A', '-t', '-v', 'VERBOSITY=verbose', '-d', 'postgres' ],
		'<', \$self->{in}, '>', \$self->{out}, '2>', \$self->{err}, IPC::Run::timeout(600));
	$self->{pid} = $self->run('SELECT pg_backend_pid()')->{out};
	return $self;
}

# Sends statements and does not wait.
sub send
{
	my ($self, $sql) = @_;
	$self->{count}++;
	$self->{err} = '';
	$self->{in} .= "$sql;\n\\echo <$self->{count} :SQLSTATE>\n";
	$self->{sent} = time;
	$self->{handle}->pump_nb;
	return $self;
}

# The answer: {out, err, state (of the last statement), seconds (since it was sent), gone (the session has ended)}.
sub answer
{
	my ($self, $timeout) = @_;
	my $end = time + ($timeout // 60);
	my $mark = qr/^<$self->{count} (\S*)>\n/m;
	while ($self->{out} !~ $mark && $self->{handle}->pumpable && time < $end)
	{
		$self->{handle}->pump_nb;
		Time::HiRes::sleep(0.002);
	}
	my %answer = (seconds => time - $self->{sent}, err => $self->{err}, gone => !$self->{handle}->pumpable);
	if ($self->{out} =~ $mark)
	{
		@answer{qw(state out)} = ($1, substr($self->{out}, 0, $-[0]));
		$self->{out} = substr($self->{out}, $+[0]);
		# After the loss of its server psql leaves, or goes on without: then there is no state.
		$answer{gone} ||= $answer{state} eq '';
	}
	$answer{$_} //= '' for qw(state out);
	chomp $answer{out};
	return \%answer;
}

sub run
{
	my ($self, $sql, $timeout) = @_;
	return $self->send($sql)->answer($timeout);
}

sub close
{
	my ($self) = @_;
	eval { $self->{in} .= "\\q\n"; $self->{handle}->finish; };
}

1;
