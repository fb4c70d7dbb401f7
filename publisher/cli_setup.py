"""`publish setup`: the files with which a show gets its place at Amazon, and how to apply them."""

from typing import Any

import click

STEPS = """
1. A certificate for {domain}; put the DNS record that it asks for where your domain is kept:
   aws acm request-certificate --region us-east-1 --validation-method DNS \\
     --domain-name {domain}
2. The bucket, CloudFront and the rights; with the certificate's ARN, once it is issued:
   aws cloudformation deploy --region {region} --stack-name {stack} \\
     --template-file {template} --capabilities CAPABILITY_IAM \\
     --parameter-overrides CertificateArn=ARN

Then this lists what belongs where: the id of [target] cloudfront for show.toml, the name to which
{domain} shall lead in your DNS, and the policy for whoever publishes:
   aws cloudformation describe-stacks --region {region} --stack-name {stack} \\
     --query "Stacks[0].Outputs" --output table"""

CI_STEPS = """
GitHub publishes once {repository} has the variable PUBLISHER_ROLE (Settings, Secrets and variables,
Actions, Variables) with the role's ARN from that list, and a requirements.txt that names this
program by where you have it from, such as:
   publisher @ git+https://github.com/OWNER/publisher@TAG
(not by its bare name: others may publish under it). If your account knows GitHub already, add
GitHubProviderArn=ARN to the second command."""


@click.command()
@click.option("--ci", is_flag=True, help="A GitHub Actions workflow, too: on push and daily.")
@click.option("--repository", default="", metavar="OWNER/NAME",
              help="The GitHub repository that may publish; --ci needs it once.")  # fmt: skip
@click.pass_obj
def setup(command: Any, repository: str, *, ci: bool) -> None:
    """Write what Amazon needs for this show, and say how to apply it.

    A private bucket, CloudFront before it, redirects, security headers, and a policy that lets
    publish do what it does and no more, as one CloudFormation template. Asks Amazon for nothing.
    """
    from publisher import amazon, read

    planned = amazon.plan(read.settings(command.root))
    allowed = repository or amazon.repository_in(command.root)
    if ci and not allowed:
        raise click.UsageError("--ci needs --repository OWNER/NAME: only that one may publish")
    files = {amazon.TEMPLATE: amazon.template(planned, allowed)}
    if ci:
        files[amazon.WORKFLOW] = amazon.workflow(planned)
    for name, text in files.items():
        written = amazon.write(command.root, name, text)
        click.echo(f"{'wrote' if written else 'unchanged':<10} {command.root / name}")
    template = command.root / amazon.TEMPLATE
    words = {"domain": planned.domain, "region": planned.region, "stack": planned.stack}
    click.echo(STEPS.format(template=template, **words))
    if ci:
        click.echo(CI_STEPS.format(repository=allowed))
